import NIOCore
import NIOHTTP1

/// Refuses heads that two readers could understand differently, before some of their fields are
/// dropped: more than one host, or a coding of the body that is not just chunks.
final class HeadGuard: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), !Self.isPlain(head) {
            isRefused = true
            context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
        }
        // What follows such a head belongs to nobody.
        if !isRefused { context.fireChannelRead(data) }
    }

    private static func isPlain(_ head: HTTPRequestHead) -> Bool {
        let codings = head.headers["transfer-encoding"]
        let lengths = head.headers["content-length"]
        let isOneCoding = codings.isEmpty || codings.map { $0.lowercased() } == ["chunked"]
        let isOneLength = lengths.count <= 1 && (codings.isEmpty || lengths.isEmpty)
        return head.headers["host"].count == 1 && isOneCoding && isOneLength
    }
}
