import Benchmark
import MiniGPT
import Registration
import Workloads

/// Attention forward and backward over context and heads.
let benchmarks: @Sendable () -> Void = {
    // 4,096 tokens of width 256, however they are divided into sequences.
    for context in [64, 128, 256, 512, 1_024, 2_048, 4_096] {
        add(AttentionWork(batch: 4_096 / context, heads: 8, context: context, width: 256))
    }
    for heads in [1, 2, 4, 16] {
        add(AttentionWork(batch: 16, heads: heads, context: 256, width: 256))
    }
    add(AttentionWork(batch: 16, heads: 8, context: 256, width: 256, mask: .none))
    add(AttentionWork(batch: 1, heads: 12, context: 1_024, width: 768))
}

private func add(_ work: AttentionWork) {
    let name = "context-\(work.context)_heads-\(work.heads)_width-\(work.width)"
    register(
        work.mask == .causal ? name : "\(name)_unmasked",
        forward: Work(operations: work.forwardOperations, tokens: work.tokens),
        backward: Work(operations: work.backwardOperations, tokens: work.tokens),
        inputs: { [work.input()] }
    ) { work($0[0]) }
}
