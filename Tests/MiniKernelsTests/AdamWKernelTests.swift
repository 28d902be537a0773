import CMiniKernels
import Testing

@Suite("AdamW")
struct AdamWKernelTests {
    /// One step in double, from the same floats.
    private func step(
        _ p: Float, _ g: Float, _ m: Float, _ v: Float, _ o: mini_adamw
    ) -> (p: Double, m: Double, v: Double) {
        let gradient = Double(o.gradient_scale) * Double(g)
        let m = Double(o.beta1) * Double(m) + Double(o.rest1) * gradient
        let v = Double(o.beta2) * Double(v) + Double(o.rest2) * gradient * gradient
        let rate = Double(o.learning_rate)
        let p =
            Double(p) * (1 - rate * Double(o.weight_decay))
            - rate * (m / Double(o.correction1))
            / ((v / Double(o.correction2)).squareRoot() + Double(o.eps))
        return (p, m, v)
    }

    @Test(
        "A step agrees with double and stays inside its arrays",
        arguments: InstructionSet.available, lengths)
    func agrees(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: 60)
        var options = mini_adamw(
            learning_rate: 1e-2, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1,
            rest1: 0.1, rest2: 0.01, correction1: 0.19, correction2: 0.0199, gradient_scale: 0.5)
        let p = numbers.uniform(count), g = numbers.uniform(count)
        let m = numbers.uniform(count), v = numbers.uniform(count, 0...3)
        let (parameters, gradients) = (GuardedArray(p, offset: 1), GuardedArray(g, offset: 2))
        let (first, second) = (GuardedArray(m, offset: 3), GuardedArray(v))
        parameters.withPointer { p in
            gradients.withPointer { g in
                first.withPointer { m in
                    second.withPointer { set.kernels.adamw(p, g, m, $0, &options, count) }
                }
            }
        }
        #expect(same(gradients.values(), g))
        let (newP, newM, newV) = (parameters.values(), first.values(), second.values())
        for i in 0..<count {
            let want = step(p[i], g[i], m[i], v[i], options)
            #expect(abs(Double(newP[i]) - want.p) <= 6e-7)
            #expect(abs(Double(newM[i]) - want.m) <= 3e-7)
            #expect(abs(Double(newV[i]) - want.v) <= 5e-7)
        }
    }

    @Test("A parameter without a gradient only decays", arguments: InstructionSet.available)
    func decay(set: InstructionSet) {
        var options = mini_adamw(
            learning_rate: 0.5, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.5,
            rest1: 0.1, rest2: 0.01, correction1: 0.1, correction2: 0.01, gradient_scale: 1)
        var p = [Float](repeating: 2, count: 21)
        let g = [Float](repeating: 0, count: 21)
        var (m, v) = (g, g)
        set.kernels.adamw(&p, g, &m, &v, &options, 21)
        #expect(p.allSatisfy { $0 == 1.5 })
        #expect(m == g && v == g)
    }

    @Test(
        "The first step moves by the learning rate against the gradient",
        arguments: InstructionSet.available)
    func firstStep(set: InstructionSet) {
        var options = mini_adamw(
            learning_rate: 0.25, beta1: 0.9, beta2: 0.999, eps: 0, weight_decay: 0,
            rest1: 0.1, rest2: 0.001, correction1: 0.1, correction2: 0.001, gradient_scale: 1)
        var p = [Float](repeating: 1, count: 40)
        let g = (0..<40).map { $0 % 2 == 0 ? 3 : -1e-3 as Float }
        var (m, v) = ([Float](repeating: 0, count: 40), [Float](repeating: 0, count: 40))
        set.kernels.adamw(&p, g, &m, &v, &options, 40)
        for (p, g) in zip(p, g) { #expect(abs(p - (g > 0 ? 0.75 : 1.25)) < 1e-5) }
    }
}
