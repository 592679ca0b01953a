//! What engines share: the `Zkvm` trait, the shadow call stack, progress and cancellation.
