"""The grammar of our part of FEEL (DMN 1.3, chapter 10), for a LALR(1) parser.

Beyond FEEL it takes what people bring along from JUEL and Python: ``==``, ``&&``, ``||``, ``!`` and
'single quotes'.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.expressions.names import PRIVATE


def grammar(phrases: Iterable[str]) -> str:
    """The grammar, with the built-in functions whose names have blanks in them."""
    alternatives = "|".join(name.replace(" ", r"\s+") for name in sorted(phrases, key=len, reverse=True))
    return _RULES.replace("PHRASES", alternatives).replace("PRIVATE", PRIVATE)


_RULES = r"""
?expression: "if" expression "then" expression "else" expression -> choice
           | "for" turns "return" expression                     -> loop
           | "some" turns "satisfies" expression                 -> some
           | "every" turns "satisfies" expression                -> every
           | disjunction
turns: turn ("," turn)*
turn: NAME "in" expression [".." expression]

?disjunction: conjunction
            | conjunction (("or" | "||") conjunction)+           -> either
?conjunction: negation
            | negation (("and" | "&&") negation)+                -> both
?negation: ("not" | "!") negation                                -> opposite
         | comparison
?comparison: sum
           | sum COMPARISON sum                                  -> compare
           | sum "between" sum "and" sum                         -> between
           | sum "in" membership                                 -> member
?membership: sum
           | bound
           | "(" bound ")"                                       -> tests
           | "(" test ("," test)+ ")"                            -> tests
?test: expression
     | bound
bound: COMPARISON sum
cell: test ("," test)*                                           -> tests

?sum: product
    | product (SIGN product)+                                    -> add
?product: power
        | power (FACTOR power)+                                  -> multiply
?power: signed
      | signed "**" power                                        -> raised
?signed: SIGN signed                                             -> negate
       | postfix
?postfix: primary
        | postfix "." NAME                                       -> path
        | postfix "[" expression "]"                             -> filtered
?primary: "(" expression ")"
        | NUMBER                                                 -> number
        | STRING                                                 -> text
        | "@" STRING                                             -> moment
        | NAME                                                   -> name
        | "?"                                                    -> tested
        | "null"                                                 -> null
        | "true"                                                 -> yes
        | "false"                                                -> no
        | EMPTY_LIST                                             -> empty
        | "[" expression ("," expression)* "]"                   -> listed
        | "{" [entry ("," entry)*] "}"                           -> context
        | interval
        | (NAME | PHRASE) "(" [expression ("," expression)*] ")" -> call
!interval: ("[" | "(" | "]") sum ".." sum ("]" | ")" | OPEN_END)
entry: (NAME | STRING) ":" expression

COMPARISON: "<=" | ">=" | "!=" | "==" | "=" | "<" | ">"
SIGN: "+" | "-"
FACTOR: /\*(?!\*)/ | "/"
NUMBER: /\d+(\.\d+)?([eE][+-]?\d+)?|\.\d+/
STRING: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/s
EMPTY_LIST.2: /\[\s*\]/
OPEN_END.2: /\[(?=\s*($|[,)\]}]|(and|or|then|else|return|satisfies)\b|&&|\|\|))/
PHRASE.3: /(?:PHRASES)(?=\s*\()/
NAME: /[^\W\d][\wPRIVATE]*/
%ignore /\s+/
"""
