/// How linear algebra calls LAPACK.
enum LAPACK {
    /// Calls a routine on this thread alone and returns its status: 0 for success, or the number of what the
    /// matrix lacks.
    ///
    /// - Throws: `outOfMemory` if LAPACKE found no memory for its work.
    /// - Precondition: LAPACKE takes all arguments.
    static func call(
        _ routine: StaticString, _ body: () -> Int32
    ) throws(LinearAlgebraError) -> Int {
        OpenBLAS.staySingleThreaded()
        return try outcome(of: routine, status: Int(body()))
    }

    /// The status of a routine that has taken its arguments.
    static func outcome(
        of routine: StaticString, status: Int
    ) throws(LinearAlgebraError) -> Int {
        // LAPACK_WORK_MEMORY_ERROR and LAPACK_TRANSPOSE_MEMORY_ERROR
        if status == -1_010 || status == -1_011 { throw .outOfMemory }
        precondition(
            status >= 0, "LAPACKE_\(routine) does not take its argument number \(-status).")
        return status
    }

    /// An extent as LAPACK takes it.
    ///
    /// - Precondition: it is below 2³¹.
    static func extent(_ size: Int) -> Int32 { OpenBLAS.extent(size) }
}
