import NIOCore
import NIOHTTPTypes

/// Keeps one connection to its times, and notices when its client goes away.
///
/// The times are total ones: a client that sends a byte now and then gets no longer than one that
/// sends none. It stands before everything that reads HTTP; `MessageGuard` behind that tells it where
/// a message begins and ends.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// For a request to begin.
        case waiting
        case readingHeaders
        case readingBody
        case answering
    }

    private let settings: HTTPSettings
    private let table: ConnectionTable
    private var phase = Phase.waiting
    private var open = 0
    private var deadline: Scheduled<Void>?
    private var stall: Scheduled<Void>?
    private static let tooSlow = ByteBuffer(
        string: "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    init(settings: HTTPSettings, table: ConnectionTable) {
        self.settings = settings
        self.table = table
    }

    func handlerAdded(context: ChannelHandlerContext) {
        table.add(context.channel)
        schedule(settings.headerSeconds, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        stall?.cancel()
        table.remove(context.channel)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if phase == .waiting {
            phase = .readingHeaders
            schedule(settings.headerSeconds, context)
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Who closes his half of the connection does not wait for an answer.
        if let event = event as? ChannelEvent, event == .inputClosed {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stall = context.eventLoop.scheduleTask(in: .seconds(Int64(settings.stallSeconds))) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Messages

    fileprivate func headersCame(_ context: ChannelHandlerContext) {
        open += 1
        phase = .readingBody
        schedule(settings.bodySeconds, context)
    }

    fileprivate func requestCame() {
        phase = .answering
        deadline?.cancel()
    }

    fileprivate func answerWent(_ context: ChannelHandlerContext) {
        open -= 1
        guard open <= 0, phase == .answering else { return }
        phase = .waiting
        schedule(settings.idleSeconds, context)
    }

    private func schedule(_ seconds: Int, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let isBegun = phase == .readingHeaders || phase == .readingBody
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) {
            // As bytes: nothing behind this handler has anything to say about it.
            let first = try? channel.pipeline.syncOperations.context(
                handlerType: ConnectionGuard.self)
            if isBegun { first?.writeAndFlush(NIOAny(Self.tooSlow), promise: nil) }
            channel.close(promise: nil)
        }
    }
}

/// Sees whole messages, and tells the guard of the connection.
final class MessageGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var connection: ConnectionGuard?

    func handlerAdded(context: ChannelHandlerContext) {
        connection = try? context.pipeline.syncOperations.handler(type: ConnectionGuard.self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { connection = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: connection?.headersCame(context)
        case .body: break
        case .end: connection?.requestCame()
        }
        context.fireChannelRead(data)
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let part = unwrapOutboundIn(data)
        context.write(data, promise: promise)
        if case .end = part { connection?.answerWent(context) }
    }
}
