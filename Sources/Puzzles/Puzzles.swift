// Puzzles — what must hold, and a solver that finds what does.
//
//     JSON of a row ──► KnightsPuzzle, ZebraPuzzle ──► ConstraintProblem ──► solutions, or whether one is right
//
// The trainer's generators write puzzles and prove with the solver that they have one solution; the verifiers read
// them back and check an answer against what must hold. Does not know how models write their answers, nor how a puzzle
// is told in English.
