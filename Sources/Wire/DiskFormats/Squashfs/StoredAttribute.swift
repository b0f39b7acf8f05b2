/// The names under which a squashfs file system keeps POSIX access control lists. It has a place for attributes of `user.`,
/// `trusted.` and `security.` alone, and access lists are of `system.`: so they stand under names of Muster's in `user.`,
/// which those without root may write, too, and get their own names back where a tree is unpacked or written to a disk.
public enum StoredAttribute {
    /// The own name, and the name in squashfs.
    private static let names = [
        ("system.posix_acl_access", "user.muster.posix_acl_access"),
        ("system.posix_acl_default", "user.muster.posix_acl_default"),
    ]

    /// The name in squashfs of an attribute; its own where squashfs has a place for that.
    public static func stored(_ name: String) -> String { names.first { $0.0 == name }?.1 ?? name }

    /// The own name of an attribute that squashfs has.
    public static func own(_ stored: String) -> String { names.first { $0.1 == stored }?.0 ?? stored }

    /// The names in squashfs that are not an attribute's own.
    public static let foreign = names.map(\.1)
}
