use zkperf_guest_core::Accelerator;
#[derive(Debug, Clone, Copy, Default)]
pub struct Sp1;
impl Accelerator for Sp1 {}
