// Verifiers — from text to verdict.
//
//     Problem ────┐
//                 ├─► Verifier.verify ─► Verdict ─► Host: reward ─► Trainer: advantage
//     Completion ─┘
//
// Knows text and verdicts. Does not know tokens, tensors, processes, the network. One verifier, one file.
// Untrusted text is read by hand-written scanners that are linear in its length; nothing is evaluated.
