import Testing

@testable import MiniTensor

/// The expected texts are those of NumPy 2.4: `print(numpy.array(…, dtype="float32"))`.
@Suite struct DescriptionTests {
    @Test func wholeNumbersHaveNoDecimals() {
        #expect(Tensor(0..<6, shape: [2, 3]).description == "[[0. 1. 2.]\n [3. 4. 5.]]")
    }

    @Test func columnsLineUp() {
        #expect(
            ([[1, -20], [0.5, 3]] as Tensor).description == """
                [[  1.  -20. ]
                 [  0.5   3. ]]
                """)
        #expect(
            Tensor([1 / 3, 2 / 3, 1]).description == "[0.33333334 0.6666667  1.        ]")
        #expect(Tensor([0, -0.0]).description == "[ 0. -0.]")
    }

    @Test func atMostEightDigitsStandBehindThePoint() {
        #expect(Tensor([0.0001234567, 0.1]).description == "[0.00012346 0.1       ]")
    }

    @Test func moreAxesAreSetApartByEmptyLines() {
        #expect(
            Tensor(0..<8, shape: [2, 2, 2]).description == """
                [[[0. 1.]
                  [2. 3.]]

                 [[4. 5.]
                  [6. 7.]]]
                """)
    }

    @Test func aScalarIsJustItsNumber() {
        #expect(Tensor(2.5).description == "2.5")
        #expect(Tensor(3).description == "3.0")
        #expect(Tensor(1e-5).description == "1e-05")
        #expect(Tensor(1e6).description == "1e+06")
        #expect(Tensor(16_777_216).description == "1.6777216e+07")
        #expect(Tensor(-.infinity).description == "-inf")
    }

    @Test func theShapeIsForTheDebugger() {
        #expect(Tensor.zeros([0]).description == "[]")
        #expect(Tensor.zeros([2, 0]).debugDescription == "Tensor [2, 0]\n[]")
        #expect(IntTensor([1]).debugDescription == "IntTensor [1]\n[1]")
    }

    @Test func specialNumbersAreNamed() {
        #expect(Tensor([1, .nan, .infinity, -.infinity]).description == "[  1.  nan  inf -inf]")
        #expect(Tensor([.nan]).description == "[nan]")
        #expect(Tensor([.nan, 1e9]).description == "[   nan 1.e+09]")
    }

    @Test func numbersOfVeryDifferentSizesHaveExponents() {
        #expect(Tensor([1e-6, 2e-5]).description == "[1.e-06 2.e-05]")
        #expect(Tensor([1.5e9, 1]).description == "[1.5e+09 1.0e+00]")
        #expect(Tensor([-1e-10, 123.456]).description == "[-1.00000e-10  1.23456e+02]")
    }

    @Test func longLinesAreBroken() {
        #expect(
            (Tensor(0..<30) / 4).description == """
                [0.   0.25 0.5  0.75 1.   1.25 1.5  1.75 2.   2.25 2.5  2.75 3.   3.25
                 3.5  3.75 4.   4.25 4.5  4.75 5.   5.25 5.5  5.75 6.   6.25 6.5  6.75
                 7.   7.25]
                """)
    }

    @Test func theMiddleOfLongAxesIsLeftOut() {
        #expect(
            Tensor(0..<1001).description == "[   0.    1.    2. ...  998.  999. 1000.]")
        #expect(
            Tensor(0..<1200, shape: [300, 4]).description == """
                [[0.000e+00 1.000e+00 2.000e+00 3.000e+00]
                 [4.000e+00 5.000e+00 6.000e+00 7.000e+00]
                 [8.000e+00 9.000e+00 1.000e+01 1.100e+01]
                 ...
                 [1.188e+03 1.189e+03 1.190e+03 1.191e+03]
                 [1.192e+03 1.193e+03 1.194e+03 1.195e+03]
                 [1.196e+03 1.197e+03 1.198e+03 1.199e+03]]
                """)
    }

    @Test func theFormatFitsTheLastElementsOfALargeTensorToo() {
        var x = Tensor.zeros([100, 100])
        x[-1, -1] = Tensor(0.25)
        #expect(x.description.contains("0.25]]"))
        // What is left out decides nothing.
        x[50, 50] = Tensor(1e9)
        #expect(!x.description.contains("e"))
    }

    @Test func aViewIsShownAsWhatItShows() {
        #expect(
            Tensor(0..<6, shape: [2, 3]).T[.stride(by: -1)].description == """
                [[2. 5.]
                 [1. 4.]
                 [0. 3.]]
                """)
    }

    @Test func integersHaveNoPoint() {
        #expect(([[1, -2], [10, 3]] as IntTensor).description == "[[ 1 -2]\n [10  3]]")
        #expect(IntTensor(7).description == "7")
        #expect(
            IntTensor(0..<2000, shape: [2, 1000]).description == """
                [[   0    1    2 ...  997  998  999]
                 [1000 1001 1002 ... 1997 1998 1999]]
                """)
    }
}
