@testable import MiniTensor

/// Angles of `time` positions, one for each of `half` pairs: `[time, half]`.
func angles(time: Int, half: Int) -> Tensor {
    Tensor((0..<(time * half)).map { Float($0) * 0.7 - 1 }, shape: [time, half])
}

extension GradientCatalogue {
    /// The parts of today's decoders.
    mutating func addDecoderParts() {
        add(.rmsNorm, "weight", .varied(2, 3, 8), .smooth(8)) { rmsNorm($0[0], weight: $0[1]) }
        add(.rmsNorm, "plain", .varied(5, 19)) { rmsNorm($0[0], eps: 0.1) }
        add(.rmsNorm, "beside a residual stream", .varied(3, 6), .smooth(6)) {
            $0[0] + rmsNorm($0[0], weight: $0[1], eps: 0.01)
        }
        addAttention()
        add(.silu, "", .smooth(3, 17)) { silu($0[0] * 2) }
        add(.swiGLU, "two tensors", .smooth(2, 3, 17), .smooth(2, 3, 17)) {
            swiGLU(gate: $0[0] * 2, up: $0[1])
        }
        add(.swiGLU, "itself", .smooth(4, 5)) { swiGLU(gate: $0[0], up: $0[0]) }
        for pairing in RotaryPairing.allCases {
            let angles = angles(time: 3, half: 2)
            add(.rotary, "\(pairing)", .smooth(2, 2, 3, 4)) {
                rotary($0[0], cosines: cos(angles), sines: sin(angles), pairing: pairing)
            }
            add(.rotary, "\(pairing), a part of each head", .smooth(1, 2, 3, 7)) {
                rotary($0[0], cosines: cos(angles), sines: sin(angles), pairing: pairing)
            }
            let own = MiniTensorTests.angles(time: 6, half: 2).reshaped(2, 3, 2)
            add(.rotary, "\(pairing), positions of each sequence", .smooth(2, 1, 3, 4)) {
                rotary($0[0], cosines: cos(own), sines: sin(own), pairing: pairing)
            }
            add(.rotary, "\(pairing), packed", .smooth(2, 3, 12)) {
                rotaryPacked(
                    $0[0], width: 4, heads: 2, cosines: cos(angles), sines: sin(angles),
                    pairing: pairing)
            }
        }
    }
}

extension GradientCatalogue {
    private mutating func addAttention() {
        for mask in [AttentionMask.none, .causal, .slidingWindow(2)] {
            add(
                .attention, "\(mask), two heads share keys", .smooth(2, 4, 3, 4),
                .smooth(2, 2, 5, 4), .smooth(2, 2, 5, 4)
            ) {
                scaledDotProductAttention(queries: $0[0], keys: $0[1], values: $0[2], mask: mask)
            }
            add(.selfAttention, "\(mask), all heads share keys", .smooth(2, 4, 10)) {
                selfAttention($0[0], heads: 3, keyValueHeads: 1, mask: mask)
            }
        }
        // Who shares a bias: nobody, sequences, heads, queries, keys, all.
        let biases = [
            [2, 4, 3, 5], [1, 4, 3, 5], [4, 3, 5], [2, 1, 3, 5], [3, 5], [2, 1, 1, 5], [4, 3, 1],
            [1],
        ]
        for shape in biases {
            let bias = CheckInput(shape: shape, values: .smooth)
            add(
                .attention, "a bias \(shape)", .smooth(2, 4, 3, 4), .smooth(2, 2, 5, 4),
                .smooth(2, 2, 5, 4), bias
            ) {
                scaledDotProductAttention(
                    queries: $0[0], keys: $0[1], values: $0[2], scale: 0.8, mask: .causal,
                    bias: $0[3])
            }
        }
        add(.selfAttention, "a bias of each head", .smooth(2, 4, 12), .smooth(2, 4, 4)) {
            selfAttention($0[0], heads: 2, mask: .none, bias: $0[1])
        }
        add(.selfAttention, "padding", .smooth(2, 4, 12)) {
            selfAttention($0[0], heads: 2, bias: attentionBias(lengths: [2, 0], keys: 4))
        }
    }
}
