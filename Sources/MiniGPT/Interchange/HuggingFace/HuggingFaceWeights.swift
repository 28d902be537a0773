import Foundation
import MiniSupport

/// The weights in a directory in Hugging Face's layout, in whichever format they are.
package enum HuggingFaceWeights {
    /// Opens the weights: safetensors if there are some, else PyTorch's, as `transformers` does.
    ///
    /// - Throws: `InterchangeError` if there are none, with what is there instead, or they are damaged.
    package static func open(_ directory: URL) throws(InterchangeError) -> any WeightFile {
        func exists(_ name: String) -> Bool {
            access(directory.appendingPathComponent(name).path, F_OK) == 0
        }
        if exists(SafetensorsDirectory.fileName) || exists(SafetensorsDirectory.indexName) {
            return try SafetensorsDirectory(directory)
        }
        if exists(PyTorchDirectory.fileName) || exists(PyTorchDirectory.indexName) {
            return try PyTorchDirectory(directory)
        }
        throw .file(path: directory.path, problem: absence(directory))
    }

    /// What is there instead of weights, and what helps.
    private static func absence(_ directory: URL) -> String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        func first(_ isIt: (String) -> Bool) -> String? { names.sorted().first(where: isIt) }
        let start =
            "has no weights, neither \(SafetensorsDirectory.fileName) nor \(PyTorchDirectory.fileName)"
        let unfinished = [".incomplete", ".part", ".crdownload", ".download", ".aria2"]
        if let name = first({ name in unfinished.contains { name.hasSuffix($0) } }) {
            return "\(start): \(quoted(name)) is a download that is not finished."
        }
        if let name = first({ $0.hasPrefix("adapter_model") }) {
            return
                "\(start): \(quoted(name)) holds changes to another model; merge them into it with peft's `merge_and_unload()` and save that."
        }
        if let name = first({
            $0.hasPrefix("tf_model") || $0.hasPrefix("flax_model") || $0.hasSuffix(".ckpt.index")
        }) {
            return
                "\(start): \(quoted(name)) is of TensorFlow or JAX; open it in transformers with `from_tf=True` or `from_flax=True`, and save it with `save_pretrained`."
        }
        if let name = first({ $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") }) {
            return
                "\(start), only \(quoted(name)); give it that name if it holds all weights of the model."
        }
        return "\(start); download them too, on the Hugging Face Hub by `hf download`."
    }
}
