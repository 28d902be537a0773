import Testing

@testable import MiniTensor

@Suite struct DescriptionTests {
    @Test func wholeNumbersHaveNoDecimals() {
        #expect(
            Tensor(0..<6, shape: [2, 3]).description == """
                [[0, 1, 2],
                 [3, 4, 5]]  shape [2, 3]
                """)
    }

    @Test func columnsLineUp() {
        #expect(
            ([[1, -20], [0.5, 3]] as Tensor).description == """
                [[  1.0000, -20.0000],
                 [  0.5000,   3.0000]]  shape [2, 2]
                """)
    }

    @Test func moreAxesAreSetApartByEmptyLines() {
        #expect(
            Tensor(0..<8, shape: [2, 2, 2]).description == """
                [[[0, 1],
                  [2, 3]],

                 [[4, 5],
                  [6, 7]]]  shape [2, 2, 2]
                """)
    }

    @Test func aScalarIsJustItsNumber() {
        #expect(Tensor(2.5).description == "2.5000")
        #expect(Tensor(3).description == "3")
    }

    @Test func emptyTensorsShowTheirShape() {
        #expect(Tensor.zeros([0]).description == "[]  shape [0]")
        #expect(Tensor.zeros([2, 0]).description == "[[],\n []]  shape [2, 0]")
    }

    @Test func specialNumbersAreNamed() {
        #expect(
            Tensor([1, .nan, .infinity, -.infinity]).description
                == "[   1,  nan,  inf, -inf]  shape [4]")
    }

    @Test func veryLargeAndVerySmallNumbersHaveExponents() {
        #expect(Tensor([1e-6, 2e-5]).description == "[1.0000e-06, 2.0000e-05]  shape [2]")
        #expect(Tensor([1.5e9, 1]).description == "[1.5000e+09, 1.0000e+00]  shape [2]")
    }

    @Test func theMiddleOfLongAxesIsLeftOut() {
        #expect(
            Tensor(0..<300).description == "[  0,   1,   2, …, 297, 298, 299]  shape [300]")
        #expect(
            Tensor(0..<400, shape: [100, 4]).description == """
                [[  0,   1,   2,   3],
                 [  4,   5,   6,   7],
                 [  8,   9,  10,  11],
                 …,
                 [388, 389, 390, 391],
                 [392, 393, 394, 395],
                 [396, 397, 398, 399]]  shape [100, 4]
                """)
    }

    @Test func theFormatFitsTheLastElementsOfALargeTensorToo() {
        #expect(
            Tensor(0..<10_000).description
                == "[   0,    1,    2, …, 9997, 9998, 9999]  shape [10000]")
        var x = Tensor.zeros([100, 100])
        x[-1, -1] = Tensor(0.25)
        #expect(x.description.contains("0.2500"))
    }

    @Test func aViewIsShownAsWhatItShows() {
        #expect(
            Tensor(0..<6, shape: [2, 3]).T[.stride(by: -1)].description == """
                [[2, 5],
                 [1, 4],
                 [0, 3]]  shape [3, 2]
                """)
    }
}
