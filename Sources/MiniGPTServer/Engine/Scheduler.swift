import Foundation
import MiniGPT
import Synchronization

/// Runs all models on one thread of its own: every step, each text that is being continued gets one
/// token, and those of one model share the reading of its weights.
///
/// Texts come and go between any two steps. Each has its own sampler, seed and grammar, and becomes
/// the very text it would have become alone.
final class Scheduler: Sendable {
    /// How much it takes on.
    struct Limits: Sendable {
        /// Texts that are continued at once.
        var slots = 8
        /// Texts that wait.
        var queue = 64
    }

    private struct Inbox {
        var waiting: [GenerationTicket] = []
        var isClosed = false
        var isAborted = false
    }

    let limits: Limits
    let statistics = Statistics()
    private let inbox = Mutex(Inbox())
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(limits: Limits = Limits()) {
        self.limits = limits
        startComputeThread("MiniGPT model") { [self] in
            run()
            ended.signal()
        }
    }

    // MARK: Asking for work

    /// Continues texts. They are taken on all or none.
    ///
    /// - Throws: `EngineError` if there is no room, or something cannot be used.
    func generate(_ requests: [GenerationRequest]) throws(EngineError) -> Answer {
        let answer = Answer(choices: requests.count)
        var tickets: [GenerationTicket] = []
        for (choice, request) in requests.enumerated() {
            do throws(GenerationError) {
                tickets.append(try GenerationTicket(request, choice: choice, of: answer))
            } catch {
                throw .generation(error)
            }
        }
        let (isOpen, hasRoom) = inbox.withLock { inbox in
            guard !inbox.isClosed else { return (false, false) }
            // What one request may ask for finds room if nothing waits.
            let hasRoom =
                inbox.waiting.isEmpty || inbox.waiting.count + tickets.count <= limits.queue
            if hasRoom { inbox.waiting += tickets }
            return (true, hasRoom)
        }
        guard isOpen else { throw .closing }
        guard hasRoom else {
            statistics.refused()
            throw .full
        }
        bell.signal()
        return answer
    }

    /// Whether anything runs or waits.
    var isBusy: Bool { statistics.current.active > 0 || waitingCount > 0 }

    /// How many wait.
    var waitingCount: Int { inbox.withLock { $0.waiting.count } }

    // MARK: Ending

    /// Takes nothing on any more; what runs goes on.
    func close() {
        inbox.withLock { $0.isClosed = true }
        bell.signal()
    }

    /// Ends what still runs; its readers get the end they would get from a cancellation.
    func abort() {
        inbox.withLock {
            $0.isClosed = true
            $0.isAborted = true
        }
        bell.signal()
    }

    // MARK: The thread

    private func run() {
        var groups: [ObjectIdentifier: any TextGroup] = [:]
        while true {
            groups = groups.filter { !($0.value.isEmpty && $0.value.model.isRetired) }
            if groups.values.allSatisfy(\.isEmpty) {
                statistics.setActive(0)
                waitForWork()
            }
            let (isClosed, isAborted) = inbox.withLock { ($0.isClosed, $0.isAborted) }
            if isAborted { cancelWaiting() }
            admit(into: &groups)
            let active = groups.values.reduce(0) { $0 + $1.count }
            statistics.setActive(active)
            if isClosed, active == 0, waitingCount == 0 { return }
            // An array: the view of the keys would hold the groups as well, and every step would begin
            // by copying all caches.
            for key in Array(groups.keys) {
                if isAborted { groups[key]?.cancelAll() }
                guard groups[key]?.isEmpty == false, let progress = groups[key]?.step() else {
                    continue
                }
                statistics.add(progress)
            }
        }
    }

    private func waitForWork() {
        let hasWork = inbox.withLock { !$0.waiting.isEmpty || $0.isClosed }
        if !hasWork { bell.wait() }
    }

    private func cancelWaiting() {
        for ticket in inbox.withLock({ $0.waiting }) { ticket.cancel() }
    }

    /// Takes in as many as there is room for, the first first.
    private func admit(into groups: inout [ObjectIdentifier: any TextGroup]) {
        var room = limits.slots - groups.values.reduce(0) { $0 + $1.count }
        let waiting = inbox.withLock { inbox in
            defer { inbox.waiting = [] }
            return inbox.waiting
        }
        guard !waiting.isEmpty else { return }
        var left: [GenerationTicket] = []
        for ticket in waiting {
            if ticket.isCancelled {
                ticket.endUnstarted()
                continue
            }
            guard room > 0 else {
                left.append(ticket)
                continue
            }
            let key = ObjectIdentifier(ticket.model)
            if groups[key, default: ticket.model.textGroup()].admit(ticket) {
                room -= 1
            } else {
                left.append(ticket)
            }
        }
        guard !left.isEmpty else { return }
        inbox.withLock { $0.waiting = left + $0.waiting }
    }
}
