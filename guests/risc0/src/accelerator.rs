use zkperf_guest_core::Accelerator;
#[derive(Debug, Clone, Copy, Default)]
pub struct Risc0;
impl Accelerator for Risc0 {}
