import Foundation

// What `Peers/tokenizers.py` runs beside other projects' tokenizers. Each command prints JSON lines
// or writes files:
//
//     TokenizerThroughput measure <directory with tinyshakespeare.txt and gpt2/> [rounds]
//     TokenizerThroughput ids <tokenizer file> <text file> <output>
//     TokenizerThroughput train <text file> <vocabulary size> <output directory>
//     TokenizerThroughput weigh <tokenizer file>

let arguments = Array(CommandLine.arguments.dropFirst())
do {
    switch (arguments.first, arguments.count) {
    case ("measure", 2...3):
        try measure(data: arguments[1], rounds: arguments.count > 2 ? Int(arguments[2]) ?? 5 : 5)
    case ("ids", 4):
        try writeIDs(tokenizer: arguments[1], text: arguments[2], to: arguments[3])
    case ("train", 4):
        try train(text: arguments[1], size: Int(arguments[2]) ?? 5000, folder: arguments[3])
    case ("weigh", 2):
        try weigh(arguments[1])
    default:
        print("usage: TokenizerThroughput measure | ids | train | weigh …; see main.swift")
        exit(2)
    }
} catch {
    FileHandle.standardError.write(Data("TokenizerThroughput: \(error)\n".utf8))
    exit(1)
}
