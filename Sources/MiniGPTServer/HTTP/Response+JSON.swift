import HTTPTypes
import Hummingbird
import MiniGPT
import MiniSupport
import NIOCore

extension Response {
    /// A response of JSON.
    init(json: JSONNode, status: HTTPResponse.Status = .ok) {
        self.init(text: json.json, type: "application/json", status: status)
    }

    /// A response of text.
    init(text: String, type: String, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
