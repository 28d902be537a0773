import COpenBLAS

/// The installed OpenBLAS, which both products and linear algebra call.
enum OpenBLAS {
    /// Makes OpenBLAS stay on the calling thread, whatever ran before: the library divides the work
    /// itself. Two threads that call a single-threaded BLAS reach a third more than BLAS's own two threads,
    /// calls from several tasks do not disturb each other, and no bit depends on the number of cores.
    ///
    /// The number of threads is one for the whole process: a host program that wants OpenBLAS's own
    /// threads for itself sets their number again after it has used this library.
    static func staySingleThreaded() {
        if openblas_get_num_threads() != 1 { openblas_set_num_threads(1) }
    }

    /// An extent as BLAS and LAPACK take it.
    ///
    /// - Precondition: it is below 2³¹.
    static func extent(_ size: Int) -> Int32 {
        guard let extent = Int32(exactly: size) else {
            preconditionFailure(
                "BLAS and LAPACK take matrices of at most \(Int32.max) rows, columns or numbers from a row to the next, but here are \(size)."
            )
        }
        return extent
    }
}
