/// Why a run cannot be found, started or stopped.
enum RunError: Error, Equatable {
    /// No run has that name.
    case unknown
    /// What is served is no project, or no program can train.
    case cannotStart
    /// One run is being trained already.
    case isTraining
    /// A run of that name exists.
    case nameTaken(String)
    /// Its process could not be started; the log says why.
    case notStarted
    /// It was not started from here, or has ended.
    case cannotStop
}
