/// The Content-Type of a public file, by the end of its name.
func mediaType(of path: String) -> String {
    guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "application/octet-stream" }
    switch path[path.index(after: dot)...] {
    case "ipxe", "cfg", "txt", "sig", "sh", "ks", "preseed": return "text/plain; charset=utf-8"
    case "efi": return "application/efi"
    case "json", "manifest": return "application/json"
    case "yaml", "yml": return "application/yaml"
    case "cpio": return "application/x-cpio"
    case "html": return "text/html; charset=utf-8"
    case "pem", "crt": return "application/x-pem-file"
    case "xml": return "application/xml"
    default: return "application/octet-stream"
    }
}
