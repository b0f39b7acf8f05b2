import AnsibleRunner
import Testing

@Suite("what ansible-playbook prints")
struct PlayOutputTests {
    /// As ansible-core 2.14 prints it.
    private static let printed = #"""

        PLAY [all] *********************************************************************

        TASK [say "hello [there]"] *****************************************************
        changed: [n1]

        TASK [skip it] *****************************************************************
        skipping: [n1]

        TASK [loop] ********************************************************************
        ok: [n1] => (item=a)
        changed: [n1] => (item=b)
        ok: [n1] => (item=c)

        TASK [ignored] *****************************************************************
        fatal: [n1]: FAILED! => {"changed": true, "cmd": ["false"], "msg": "non-zero return code", "rc": 1, "stderr": ""}
        ...ignoring

        TASK [vars] ********************************************************************
        ok: [n1] => {
            "msg": "n1 fatal: [n1]"
        }

        TASK [meta] ********************************************************************

        RUNNING HANDLER [again] ********************************************************
        changed: [n1]

        TASK [fails] *******************************************************************
        fatal: [n1]: FAILED! => {"changed": true, "cmd": "x", "msg": "non-zero return code", "rc": 3, "stderr": "a\nerr", "stdout": "out"}

        PLAY RECAP *********************************************************************
        n1                         : ok=5    changed=4    unreachable=0    failed=1    skipped=1    rescued=0    ignored=1   

        """#

    private func read(_ text: String) -> (told: [String], output: PlayOutput) {
        var output = PlayOutput()
        var told: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let words = output.take(String(line)) { told.append(words) }
        }
        if let words = output.end() { told.append(words) }
        return (told, output)
    }

    @Test("each task is one line, with the worst of its items; what failed says why")
    func tasks() {
        let (told, output) = read(Self.printed)
        #expect(
            told == [
                "say \"hello [there]\": changed", "skip it: skipped", "loop: changed",
                "ignored: failed, ignored: non-zero return code", "vars: ok", "again: changed",
                "fails: FAILED: non-zero return code: a | err: out",
            ])
        #expect(output.failure == "the task 'fails' failed: non-zero return code: a | err: out")
        #expect(output.recap == "ok=5 changed=4 unreachable=0 failed=1 skipped=1 rescued=0 ignored=1")
    }

    @Test("a failure that is ignored is none in the end")
    func ignored() {
        let text = "TASK [a] ***\nfatal: [n1]: FAILED! => {\"msg\": \"no\"}\n...ignoring\nPLAY RECAP ***\nn1 : ok=1"
        let (told, output) = read(text)
        #expect(told == ["a: failed, ignored: no"])
        #expect(output.failure == nil && output.recap == "ok=1")
    }

    @Test("a machine that is not reached is told of, and so is what is no JSON")
    func unreachable() {
        let text = """
            TASK [Gathering Facts] *****
            fatal: [n1]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect: no route", "unreachable": true}
            """
        #expect(read(text).output.failure == "the task 'Gathering Facts' failed: Failed to connect: no route")
        #expect(read("TASK [a] ***\nfatal: [n1]: FAILED! => {broken").told == ["a: FAILED: {broken"])
    }

    @Test(
        "nothing that is printed makes it fall over", arguments: ["", "TASK [", "TASK [] ***", "PLAY RECAP", " : ok="])
    func strange(line: String) {
        var output = PlayOutput()
        #expect(output.take(line) == nil)
        #expect(output.end() == nil)
    }
}
