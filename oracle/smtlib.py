#!/usr/bin/env python3
"""Stands in for the cvc5 executable: SMT-LIB on standard input, answers on standard output.

PyPI's `cvc5` carries the solver as a library, without its executable. What matters of the command line is
`--tlimit=MILLISECONDS`; other arguments are ignored.
"""

import sys

import cvc5


def commands(lines):
    """The commands of a script, each as soon as its last parenthesis is read."""
    text, depth, within = [], 0, None
    for line in lines:
        for character in line:
            if within == ";":
                within = None if character == "\n" else within
                continue
            if within:
                # A quote within a string is written twice, which ends the string and opens it again.
                within = None if character == within else within
            elif character in '"|;':
                within = character
                if within == ";":
                    continue
            elif character == "(":
                depth += 1
            elif character == ")":
                depth -= 1
            text.append(character)
            if character == ")" and depth == 0 and not within:
                yield "".join(text)
                text = []


class Session:
    """One solver; `(reset)` makes another, since the library's own leaves the logic set."""

    def __init__(self, milliseconds):
        self.milliseconds = milliseconds
        self.reset()

    def reset(self):
        self.solver = cvc5.Solver(cvc5.TermManager())
        if self.milliseconds:
            self.solver.setOption("tlimit-per", self.milliseconds)
        self.parser = cvc5.InputParser(self.solver)

    def answer(self, text):
        self.parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "input")
        command = self.parser.nextCommand()
        if command.isNull():
            return ""
        return command.invoke(self.solver, self.parser.getSymbolManager())


def main():
    limits = [a.split("=", 1)[1] for a in sys.argv[1:] if a.startswith("--tlimit=")]
    session = Session(limits[-1] if limits else None)
    for text in commands(sys.stdin):
        name = text.strip(" \t\r\n()")
        if name == "exit":
            return
        if name == "reset":
            session.reset()
            continue
        try:
            answer = session.answer(text)
        except RuntimeError as error:
            # The form in which the executable reports errors, on one line.
            message = " ".join(str(error).split()).replace('"', "'")
            answer = f'(error "{message}")\n'
        if answer.startswith("unknown"):
            # The library adds the reason, and the executable does not.
            answer = "unknown\n"
        if answer:
            sys.stdout.write(answer)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
