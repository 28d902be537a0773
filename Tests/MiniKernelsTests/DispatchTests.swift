import CMiniKernels
import Testing

@Suite("Dispatch")
struct DispatchTests {
    @Test("The portable table is always there")
    func portable() {
        #expect(InstructionSet.portable.isAvailable)
    }

    @Test(
        "The AVX2 table is there",
        .enabled(if: InstructionSet.avx2.isAvailable, "This CPU has no AVX2 with FMA."))
    func avx2() {
        #expect(String(cString: InstructionSet.avx2.kernels.name) == "avx2")
    }

    @Test(
        "The AVX-512 table is there",
        .enabled(if: InstructionSet.avx512.isAvailable, "This CPU has no AVX-512."))
    func avx512() {
        #expect(String(cString: InstructionSet.avx512.kernels.name) == "avx512")
    }

    @Test(
        "The NEON table is there",
        .enabled(if: InstructionSet.neon.isAvailable, "This CPU is not arm64."))
    func neon() {
        #expect(String(cString: InstructionSet.neon.kernels.name) == "neon")
    }

    @Test("An unknown name has no table", arguments: ["", "AVX2", "avx", "sse9"])
    func unknown(name: String) {
        #expect(mini_kernels_named(name) == nil)
    }

    @Test("A table has its name, and no empty entry", arguments: InstructionSet.available)
    func complete(set: InstructionSet) {
        #expect(String(cString: set.kernels.name) == set.rawValue)
        withUnsafeBytes(of: set.kernels) { bytes in
            #expect(bytes.bindMemory(to: UInt.self).allSatisfy { $0 != 0 })
        }
    }

    @Test("The best table is the widest one, or the one that MINIGPT_KERNELS names")
    func best() {
        let expected = InstructionSet.wanted ?? InstructionSet.available.last
        #expect(String(cString: mini_kernels_best().pointee.name) == expected?.rawValue)
        #expect(mini_kernels_best() == mini_kernels_best())
    }

    @Test("Every kernel is named by a suite")
    func coverage() {
        var covered: Set<PartialKeyPath<mini_kernels>> = []
        covered.formUnion(UnaryKernel.all.map(\.path))
        covered.formUnion(BinaryKernel.all.map(\.path))
        covered.formUnion(ScalarKernel.all.map(\.path))
        covered.formUnion(GradientKernel.all.map(\.path))
        covered.formUnion(MoveKernelTests.covered.map { $0 as PartialKeyPath })
        covered.formUnion(ReductionKernelTests.covered.map { $0 as PartialKeyPath })
        covered.formUnion(SoftmaxKernelTests.covered.map { $0 as PartialKeyPath })
        covered.formUnion(RowKernelTests.covered.map { $0 as PartialKeyPath })
        covered.formUnion(DecoderKernelTests.covered.map { $0 as PartialKeyPath })
        covered.formUnion(MatrixKernelTests.covered.map { $0 as PartialKeyPath })
        covered.formUnion([\.adamw, \.dropout])
        // The name, and then one pointer (or the width of a strip) for each kernel.
        let kernels = MemoryLayout<mini_kernels>.size / MemoryLayout<UnsafeRawPointer>.size - 1
        #expect(covered.count == kernels)
    }
}
