import LinuxSystem
import MusterAPI

/// Small JSON files in Muster's one form.
enum MusterJSONFile {
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        try MusterJSON.decode(type, from: try Files.read(path, limit: 16 << 20), of: path)
    }

    static func write(_ value: some Encodable, to path: String, mode: UInt16) throws {
        try AtomicFile.write(try MusterJSON.encode(value), to: path, mode: mode)
    }
}
