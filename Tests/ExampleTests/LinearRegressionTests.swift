import Foundation
import TestSupport
import Testing

extension Example {
    /// The example `LinearRegression`, as a process.
    @Suite struct LinearRegressionTests {
        @Test func `Least squares, QR and gradient descent find the line of the data`() throws {
            let outcome = try Workshop().run([], program: Workshop.program("LinearRegression"))
            #expect(outcome.status == 0, "\(outcome.errors)")
            let pattern = /\[([-0-9.e]+), ([-0-9.e]+), ([-0-9.e]+)\], R² ([0-9.]+)/
            let lines = outcome.output.matches(of: pattern)
            #expect(lines.count == 3)
            for line in lines {
                let found = [line.1, line.2, line.3].compactMap { Double($0) }
                let isClose = zip(found, [3, -2, 0.5]).allSatisfy { abs($0 - $1) < 0.03 }
                #expect(isClose && found.count == 3, "\(found)")
                #expect(Double(line.4) ?? 0 > 0.99)
            }
        }
    }
}
