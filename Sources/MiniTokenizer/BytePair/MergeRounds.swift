/// The queue of merges of a long piece: for each rank the positions where it applies.
///
/// All positions of the lowest rank form a round that goes from left to right, so only ranks need
/// a heap, not positions. In a run of equal letters, the worst case for a heap of positions,
/// a handful of rounds walk through memory in order.
struct MergeRounds {
    /// A position in a list.
    struct Entry {
        var position: Int32
        var next: Int32
    }

    /// The positions of one rank, in a linked list.
    struct Round {
        let rank: UInt32
        fileprivate(set) var head: Int32
        fileprivate var tail: Int32
        fileprivate var isAscending = true
    }

    private let scratch: LongPieceScratch

    init(rankCount: Int, scratch: LongPieceScratch) {
        self.scratch = scratch
        scratch.prepareRounds(rankCount: rankCount)
    }

    /// Enters a position under a rank.
    @inline(__always)
    mutating func push(_ rank: UInt32, _ position: Int32) {
        let entry = scratch.append(Entry(position: position, next: -1))
        let index = scratch.roundOfRank[Int(rank)]
        guard index >= 0 else {
            start(Round(rank: rank, head: entry, tail: entry))
            return
        }
        let tail = Int(scratch.rounds[Int(index)].tail)
        if scratch.entries[tail].position > position {
            scratch.rounds[Int(index)].isAscending = false
        }
        scratch.entries[tail].next = entry
        scratch.rounds[Int(index)].tail = entry
    }

    private mutating func start(_ round: Round) {
        scratch.roundOfRank[Int(round.rank)] = Int32(scratch.rounds.count)
        scratch.rounds.append(round)
        pushRank(round.rank)
    }

    /// Takes the round of the lowest rank, its positions in ascending order.
    mutating func popLowest() -> Round? {
        guard let rank = popRank() else { return nil }
        let index = Int(scratch.roundOfRank[Int(rank)])
        scratch.roundOfRank[Int(rank)] = -1
        var round = scratch.rounds[index]
        if !round.isAscending { sort(&round) }
        return round
    }

    /// The next position of a round that was taken.
    @inline(__always)
    func next(_ round: inout Round) -> Int32? {
        guard round.head >= 0 else { return nil }
        let entry = scratch.entries[Int(round.head)]
        round.head = entry.next
        return entry.position
    }

    /// Puts back what is left of a round.
    mutating func pushRest(of round: Round) {
        guard round.head >= 0 else { return }
        let index = Int(scratch.roundOfRank[Int(round.rank)])
        guard index >= 0 else {
            start(round)
            return
        }
        scratch.entries[Int(scratch.rounds[index].tail)].next = round.head
        scratch.rounds[index].tail = round.tail
        scratch.rounds[index].isAscending = false
    }

    private func sort(_ round: inout Round) {
        var positions: [Int32] = []
        var entry = round.head
        while entry >= 0 {
            positions.append(scratch.entries[Int(entry)].position)
            entry = scratch.entries[Int(entry)].next
        }
        positions.sort()
        entry = round.head
        for position in positions {
            scratch.entries[Int(entry)].position = position
            entry = scratch.entries[Int(entry)].next
        }
        round.isAscending = true
    }

    private mutating func pushRank(_ rank: UInt32) {
        scratch.ranks.append(rank)
        var index = scratch.ranks.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            if scratch.ranks[parent] <= rank { break }
            scratch.ranks[index] = scratch.ranks[parent]
            index = parent
        }
        scratch.ranks[index] = rank
    }

    private mutating func popRank() -> UInt32? {
        guard let last = scratch.ranks.popLast() else { return nil }
        guard let top = scratch.ranks.first else { return last }
        let count = scratch.ranks.count
        var index = 0
        while true {
            var child = index * 2 + 1
            guard child < count else { break }
            if child + 1 < count, scratch.ranks[child + 1] < scratch.ranks[child] { child += 1 }
            if scratch.ranks[child] >= last { break }
            scratch.ranks[index] = scratch.ranks[child]
            index = child
        }
        scratch.ranks[index] = last
        return top
    }
}

/// Working memory for long pieces, kept from one to the next.
final class LongPieceScratch {
    struct Node {
        var token: Int32
        var previous: Int32
        var next: Int32
        /// The rank of the merge with the next token.
        var rank: UInt32
    }

    private(set) var nodes: UnsafeMutablePointer<Node> = .allocate(capacity: 1)
    private(set) var entries: UnsafeMutablePointer<MergeRounds.Entry> = .allocate(capacity: 1)
    private(set) var roundOfRank: UnsafeMutablePointer<Int32> = .allocate(capacity: 1)
    fileprivate var rounds: [MergeRounds.Round] = []
    fileprivate var ranks: [UInt32] = []
    private var capacity = 0
    private var entryCount = 0
    private var rankCount = 0

    deinit {
        nodes.deallocate()
        entries.deallocate()
        roundOfRank.deallocate()
    }

    func prepare(_ count: Int) {
        guard count > capacity else { return }
        nodes.deallocate()
        entries.deallocate()
        capacity = max(256, count + count / 2)
        nodes = .allocate(capacity: capacity)
        // A pair of neighbours at the start, and at most two new ones per merge.
        entries = .allocate(capacity: capacity * 3)
    }

    fileprivate func prepareRounds(rankCount: Int) {
        entryCount = 0
        rounds.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
        guard rankCount > self.rankCount else { return }
        roundOfRank.deallocate()
        roundOfRank = .allocate(capacity: rankCount)
        // Every round that is started is also taken, and then clears its place.
        roundOfRank.initialize(repeating: -1, count: rankCount)
        self.rankCount = rankCount
    }

    @inline(__always)
    fileprivate func append(_ entry: MergeRounds.Entry) -> Int32 {
        entries[entryCount] = entry
        entryCount += 1
        return Int32(entryCount - 1)
    }

    /// Gives large memory back, so that one long piece does not stay allocated in the pool.
    func shrink() {
        guard capacity > 1 << 16 else { return }
        nodes.deallocate()
        entries.deallocate()
        capacity = 0
        nodes = .allocate(capacity: 1)
        entries = .allocate(capacity: 1)
        rounds = []
        ranks = []
    }
}
