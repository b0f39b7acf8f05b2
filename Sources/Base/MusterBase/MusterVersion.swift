/// The version of this source tree, the same in all programs.
public enum MusterVersion {
    /// By the rules of semver.org, without a leading `v`.
    public static let current = "0.1.0"
}
