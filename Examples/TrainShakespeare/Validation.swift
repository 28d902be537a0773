import Foundation

/// Something the user gave that cannot be used, as a sentence that says why.
struct UserError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension TrainShakespeare {
    /// Checks the numbers that the model's configuration does not check itself.
    ///
    /// - Throws: `UserError` with the flag, its value and what it must be.
    func checkNumbers() throws(UserError) {
        try require("iterations", iterations, iterations >= 1, "at least 1")
        try require("batch", batch, batch >= 1 && batch <= 1 << 24, "from 1 to \(1 << 24)")
        try require("warmup", warmup, warmup >= 0, "0 or above")
        try require(
            "validation-interval", validationInterval, validationInterval >= 0, "0 (never) or above"
        )
        try require("sample", sample, sample >= 0, "0 or above")
        try require("save-every", saveEvery, saveEvery >= 0, "0 (never) or above")
        try require(
            "save-seconds", saveSeconds, saveSeconds >= 0 && saveSeconds.isFinite,
            "a finite number, 0 (never) or above")
        try require("keep", keep, keep >= 1, "at least 1")
        if let threads { try require("threads", threads, threads >= 1, "at least 1") }

        try require(
            "learning-rate", learningRate, learningRate > 0 && learningRate.isFinite,
            "a finite number above 0")
        try require(
            "minimum-learning-rate", minimumLearningRate,
            minimumLearningRate >= 0 && minimumLearningRate <= learningRate,
            "from 0 to the learning rate, \(learningRate)")
        try require(
            "weight-decay", weightDecay, weightDecay >= 0 && weightDecay.isFinite,
            "a finite number, 0 or above")
        for (name, beta) in [("beta1", beta1), ("beta2", beta2)] {
            try require(name, beta, beta >= 0 && beta < 1, "at least 0 and below 1")
        }
        try require("clip", clip, clip >= 0 && clip.isFinite, "a finite number, 0 (never) or above")
        try require(
            "temperature", temperature, temperature >= 0 && temperature.isFinite,
            "a finite number, 0 or above")
    }

    private func require(
        _ flag: String, _ value: some CustomStringConvertible, _ holds: Bool, _ allowed: String
    ) throws(UserError) {
        guard holds else { throw UserError("--\(flag) is \(value), but must be \(allowed).") }
    }
}
