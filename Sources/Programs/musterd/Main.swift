import MusterDaemon

@main
struct Main {
    static func main() async {
        await DaemonCommand.main()
    }
}
