import CMiniKernels
import Foundation
import Testing

/// A table of kernels. Tests take one as an argument, so each kernel runs on every instruction set
/// this CPU has.
enum InstructionSet: String, CaseIterable, CustomTestStringConvertible {
    case portable, avx2, avx512, neon

    /// Those that were built here and that this CPU can run, slowest first.
    static let available = allCases.filter { mini_kernels_named($0.rawValue) != nil }

    /// The one that MINIGPT_KERNELS asks for, if this CPU has it.
    static let wanted = ProcessInfo.processInfo.environment["MINIGPT_KERNELS"]
        .flatMap(InstructionSet.init).flatMap { $0.isAvailable ? $0 : nil }

    var isAvailable: Bool { Self.available.contains(self) }

    var kernels: mini_kernels {
        guard let table = mini_kernels_named(rawValue) else {
            preconditionFailure("The \(rawValue) kernels were asked for on a CPU without them.")
        }
        return table.pointee
    }

    var testDescription: String { rawValue }
}

/// Lengths around every vector width, its halves and its multiples.
let lengths = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 1000]

/// The same without 0, for kernels that need an element.
let positiveLengths = lengths.filter { $0 > 0 }
