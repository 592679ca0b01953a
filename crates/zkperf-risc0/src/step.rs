//! The careful step: one instruction, whatever it is, by the letter of execute/rv32im.rs and
//! execute/r0vm.rs (risc0-circuit-rv32im 4.0.5). The step loop hands over what it does not do itself.

use zkperf_exec::riscv::{self, Transfer};
use zkperf_exec::Entered;

use crate::code::traffic;
use crate::decode::{alu, decode, Inst, Kind};
use crate::machine::{Machine, Stop};
use crate::memory::Memory;
use crate::pager::Paged;
use crate::recorder::Recorder;
use crate::rules::{
    Ecall, ECALL_DISPATCH, KERNEL_END, KERNEL_START, MEPC, TRAP_DISPATCH, USER_START,
};

const A7: usize = 17;
const SP: usize = 2;

/// How a step ended.
enum Done {
    /// An instruction retired; control goes on at `next`.
    Retired { inst: Inst, next: u32 },
    /// A machine ecall, with its rows.
    Ecall { ecall: Ecall, rows: u64, next: u32 },
    /// A trap: the instruction did not retire, the kernel's handler takes over.
    Trapped { handler: u32 },
    /// The guest terminated.
    Terminated { a0: u32, rows: u64 },
}

/// Why an instruction cannot be carried out; the numbers index the kernel's trap table
/// (`Exception`, execute/rv32im.rs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trap {
    InstructionMisaligned { target: u32 },
    InstructionFault,
    IllegalInstruction { word: u32 },
    Breakpoint,
    LoadMisaligned { address: u32 },
    LoadFault { address: u32 },
    StoreMisaligned { address: u32 },
    StoreFault { address: u32 },
    UserEcall { dispatch: u32 },
}

impl Trap {
    fn number(self) -> u32 {
        match self {
            Trap::InstructionMisaligned { .. } => 0,
            Trap::InstructionFault => 1,
            Trap::IllegalInstruction { .. } => 2,
            Trap::Breakpoint => 3,
            Trap::LoadMisaligned { .. } => 4,
            Trap::LoadFault { .. } => 5,
            Trap::StoreMisaligned { .. } => 6,
            Trap::StoreFault { .. } => 7,
            Trap::UserEcall { .. } => 9,
        }
    }
}

impl std::fmt::Display for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trap::InstructionMisaligned { target } => {
                write!(f, "jump to 0x{target:08x}, which is not a multiple of 4")
            }
            Trap::InstructionFault => write!(f, "jump to where no user code can be"),
            Trap::IllegalInstruction { word } => {
                write!(
                    f,
                    "illegal instruction 0x{word:08x}{}",
                    kind_of_illegal(*word)
                )
            }
            Trap::Breakpoint => write!(f, "breakpoint (ebreak)"),
            Trap::LoadMisaligned { address } => write!(f, "misaligned load at 0x{address:08x}"),
            Trap::LoadFault { address } => write!(
                f,
                "load at 0x{address:08x}, outside of memory{}",
                null(*address)
            ),
            Trap::StoreMisaligned { address } => write!(f, "misaligned store at 0x{address:08x}"),
            Trap::StoreFault { address } => write!(
                f,
                "store at 0x{address:08x}, outside of memory{}",
                null(*address)
            ),
            Trap::UserEcall { dispatch } => {
                write!(f, "ecall, but the kernel set no handler (0x{dispatch:08x})")
            }
        }
    }
}

fn null(address: u32) -> &'static str {
    if address < USER_START {
        " (a null pointer?)"
    } else {
        ""
    }
}

/// What people meet when a guest was built for another machine.
fn kind_of_illegal(word: u32) -> &'static str {
    match word & 0x7f {
        _ if word == 0xc000_1073 => " (unimp: an abort or unreachable code)",
        _ if word == 0 => " (empty memory is no code)",
        _ if word & 3 != 3 => " (compressed instructions are not part of RV32IM)",
        0x2f => " (atomics: build with -C passes=lower-atomic)",
        0x0f => " (fence is not part of RISC Zero's RV32IM)",
        0x73 => " (RISC Zero has no control and status registers)",
        0x07 | 0x27 | 0x43 | 0x47 | 0x4b | 0x4f | 0x53 => " (there is no floating-point unit)",
        _ => "",
    }
}

impl Machine<'_> {
    /// One step.
    pub(crate) fn step<R: Recorder>(&mut self, recorder: &mut R) -> Result<(), Stop> {
        let pc = self.pc;
        let slot = self.code.slot(pc);
        let from_machine = self.machine_mode;
        if R::ON && slot < self.code.map.area_slots() {
            self.decode_if_needed(slot, recorder);
        }
        let done = self.execute(pc);
        if self.pager.is_pending() {
            let paged: Paged = self.pager.take();
            self.note_paged(paged);
            recorder.paged(slot, paged);
        }
        let done = match done {
            Ok(done) => done,
            Err(stop) => {
                recorder.not_executed(slot);
                return Err(stop);
            }
        };
        match done {
            Done::Retired { inst, next } => {
                self.note_user(1);
                recorder.ran(slot, slot, traffic(inst.kind));
                if R::ON && slot >= self.code.map.area_slots() {
                    recorder.ran_stray(slot, inst.kind);
                }
                self.pc = next;
                let landed = self.code.slot(next);
                recorder.enter(landed);
                if R::ON {
                    self.report_transfer(recorder, slot, pc, inst, from_machine);
                }
            }
            Done::Ecall { ecall, rows, next } => {
                recorder.not_executed(slot);
                self.note_user(rows);
                self.note_ecall(ecall, rows);
                recorder.ecall(slot, ecall, rows);
                self.pc = next;
                let landed = self.code.slot(next);
                recorder.enter(landed);
            }
            Done::Trapped { handler } => {
                recorder.not_executed(slot);
                self.pc = handler;
                let landed = self.code.slot(handler);
                recorder.enter(landed);
                if R::ON {
                    self.report_kernel_call(recorder, slot, pc);
                }
            }
            Done::Terminated { a0, rows } => {
                recorder.not_executed(slot);
                self.note_user(rows);
                self.note_ecall(Ecall::Terminate, rows);
                recorder.ecall(slot, Ecall::Terminate, rows);
                return Err(Stop::Terminated { a0 });
            }
        }
        Ok(())
    }

    /// Tells the call tree where control went.
    fn report_transfer<R: Recorder>(
        &mut self,
        recorder: &mut R,
        slot: usize,
        pc: u32,
        inst: Inst,
        from_machine: bool,
    ) {
        let user_stack = u64::from(self.registers[0][SP]);
        let to_slot = self.code.slot(self.pc);
        let to = self.code.map.landing(self.pc, to_slot);
        match inst.kind {
            Kind::Environment => return self.report_kernel_call(recorder, slot, pc),
            Kind::Mret => return recorder.ret(slot, to, user_stack, || self.entered(false)),
            _ => {}
        }
        let stack = u64::from(self.registers[usize::from(from_machine)][SP]);
        let here = self.code.map.landing(pc, slot).function;
        let next = pc.wrapping_add(4);
        match transfer(inst) {
            Some(Transfer::Return) => {
                recorder.ret(slot, to, stack, || self.entered(from_machine));
            }
            Some(Transfer::Call) if to.is_entered_from(here) => {
                recorder.call(slot, to, u64::from(next), stack, || {
                    self.entered(from_machine)
                });
            }
            _ if self.pc != next || to.function != here => {
                recorder.leave(slot, to, stack, || self.entered(from_machine));
            }
            _ => {}
        }
    }

    /// The guest where a function begins, for a probe; with the registers of the mode that ran.
    fn entered(&self, machine: bool) -> Entered<'_, Memory> {
        Entered::new(&self.registers[usize::from(machine)], &self.memory)
    }

    fn report_kernel_call<R: Recorder>(&mut self, recorder: &mut R, slot: usize, pc: u32) {
        let to_slot = self.code.slot(self.pc);
        let to = self.code.map.landing(self.pc, to_slot);
        let stack = u64::from(self.registers[0][SP]);
        recorder.call(slot, to, u64::from(pc.wrapping_add(4)), stack, || {
            self.entered(false)
        });
    }

    fn execute(&mut self, pc: u32) -> Result<Done, Stop> {
        if pc < USER_START || (!self.machine_mode && pc >= KERNEL_START) {
            return self.trap(Trap::InstructionFault);
        }
        let word = self.load(pc >> 2)?;
        let Some(inst) = decode(word) else {
            return self.trap(Trap::IllegalInstruction { word });
        };
        match inst.kind {
            Kind::Lb | Kind::Lh | Kind::Lw | Kind::Lbu | Kind::Lhu => self.execute_load(pc, inst),
            Kind::Sb | Kind::Sh | Kind::Sw => self.execute_store(pc, inst),
            Kind::Mret => self.execute_mret(inst),
            Kind::Environment => match inst.imm {
                0 if self.machine_mode => self.machine_ecall(pc),
                0 => self.user_ecall(pc, inst),
                1 => self.trap(Trap::Breakpoint),
                _ => self.trap(Trap::IllegalInstruction { word }),
            },
            _ => self.execute_compute(pc, inst),
        }
    }

    fn registers_mut(&mut self) -> &mut [u32; 64] {
        &mut self.registers[usize::from(self.machine_mode)]
    }

    fn set(&mut self, register: u8, value: u32) {
        // What goes to x0 goes to a word of the system page, which is loaded and changed anyway.
        if register != 0 {
            self.registers_mut()[usize::from(register)] = value;
        }
    }

    fn execute_compute(&mut self, pc: u32, inst: Inst) -> Result<Done, Stop> {
        let registers = &self.registers[usize::from(self.machine_mode)];
        let (a, b) = (
            registers[usize::from(inst.rs1)],
            registers[usize::from(inst.rs2)],
        );
        let imm = inst.imm;
        let mut next = pc.wrapping_add(4);
        let mut branch = |taken: bool| {
            if taken {
                next = pc.wrapping_add(imm);
            }
            None
        };
        let result = match inst.kind {
            Kind::Add => Some(a.wrapping_add(b)),
            Kind::Sub => Some(a.wrapping_sub(b)),
            Kind::Xor => Some(a ^ b),
            Kind::Or => Some(a | b),
            Kind::And => Some(a & b),
            Kind::Sll => Some(a << (b & 31)),
            Kind::Srl => Some(a >> (b & 31)),
            Kind::Sra => Some(((a as i32) >> (b & 31)) as u32),
            Kind::Slt => Some(u32::from((a as i32) < b as i32)),
            Kind::Sltu => Some(u32::from(a < b)),
            Kind::Addi => Some(a.wrapping_add(imm)),
            Kind::Xori => Some(a ^ imm),
            Kind::Ori => Some(a | imm),
            Kind::Andi => Some(a & imm),
            Kind::Slli => Some(a << (imm & 31)),
            Kind::Srli => Some(a >> (imm & 31)),
            Kind::Srai => Some(((a as i32) >> (imm & 31)) as u32),
            Kind::Slti => Some(u32::from((a as i32) < imm as i32)),
            Kind::Sltiu => Some(u32::from(a < imm)),
            Kind::Lui => Some(imm),
            Kind::Auipc => Some(pc.wrapping_add(imm)),
            Kind::Mul => Some(a.wrapping_mul(b)),
            Kind::Mulh => Some(alu::mulh(a, b)),
            Kind::Mulhsu => Some(alu::mulhsu(a, b)),
            Kind::Mulhu => Some(alu::mulhu(a, b)),
            Kind::Div => Some(alu::div(a, b)),
            Kind::Divu => Some(alu::divu(a, b)),
            Kind::Rem => Some(alu::rem(a, b)),
            Kind::Remu => Some(alu::remu(a, b)),
            Kind::Beq => branch(a == b),
            Kind::Bne => branch(a != b),
            Kind::Blt => branch((a as i32) < b as i32),
            Kind::Bge => branch(a as i32 >= b as i32),
            Kind::Bltu => branch(a < b),
            Kind::Bgeu => branch(a >= b),
            Kind::Jal => {
                let link = next;
                next = pc.wrapping_add(imm);
                Some(link)
            }
            Kind::Jalr => {
                let link = next;
                next = a.wrapping_add(imm) & !1;
                Some(link)
            }
            other => {
                return Err(Stop::Fault(format!(
                    "internal error: {other:?} is not computed"
                )))
            }
        };
        if next & 3 != 0 {
            return self.trap(Trap::InstructionMisaligned { target: next });
        }
        if let Some(result) = result {
            self.set(inst.rd, result);
        }
        Ok(Done::Retired { inst, next })
    }

    /// Whether the running mode may access an address at all.
    fn may_access(&self, address: u32) -> bool {
        address >= USER_START && (self.machine_mode || address < KERNEL_START)
    }

    fn execute_load(&mut self, pc: u32, inst: Inst) -> Result<Done, Stop> {
        let base = self.registers_mut()[usize::from(inst.rs1)];
        let address = base.wrapping_add(inst.imm);
        if !self.may_access(address) {
            return self.trap(Trap::LoadFault { address });
        }
        // The word is loaded, and its page with it, before alignment is looked at.
        let word = self.load(address >> 2)? >> (8 * (address & 3));
        let (value, mask) = match inst.kind {
            Kind::Lb => (word as i8 as u32, 0),
            Kind::Lbu => (word & 0xff, 0),
            Kind::Lh => (word as i16 as u32, 1),
            Kind::Lhu => (word & 0xffff, 1),
            _ => (word, 3),
        };
        if address & mask != 0 {
            return self.trap(Trap::LoadMisaligned { address });
        }
        self.set(inst.rd, value);
        Ok(Done::Retired {
            inst,
            next: pc.wrapping_add(4),
        })
    }

    fn execute_store(&mut self, pc: u32, inst: Inst) -> Result<Done, Stop> {
        let registers = self.registers_mut();
        let address = registers[usize::from(inst.rs1)].wrapping_add(inst.imm);
        let value = registers[usize::from(inst.rs2)];
        if !self.may_access(address) {
            return self.trap(Trap::StoreFault { address });
        }
        let shift = 8 * (address & 3);
        // Stores load the word first, `sw` included.
        let word = self.load(address >> 2)?;
        let (mask, alignment) = match inst.kind {
            Kind::Sb => (0xff, 0),
            Kind::Sh => (0xffff, 1),
            _ => (u32::MAX, 3),
        };
        if address & alignment != 0 {
            return self.trap(Trap::StoreMisaligned { address });
        }
        let stored = word & !(mask << shift) | (value & mask) << shift;
        self.store(address >> 2, stored)?;
        Ok(Done::Retired {
            inst,
            next: pc.wrapping_add(4),
        })
    }

    fn execute_mret(&mut self, inst: Inst) -> Result<Done, Stop> {
        if !self.machine_mode {
            return Err(Stop::Fault("mret in user mode".into()));
        }
        let back = self.load(MEPC / 4)?;
        if back < USER_START {
            return Err(invalid_address(back));
        }
        self.machine_mode = false;
        Ok(Done::Retired {
            inst,
            next: back.wrapping_add(4),
        })
    }

    fn user_ecall(&mut self, pc: u32, inst: Inst) -> Result<Done, Stop> {
        let dispatch = self.load(ECALL_DISPATCH / 4)?;
        if dispatch < USER_START {
            return Err(invalid_address(dispatch));
        }
        if !is_handler(dispatch) {
            return self.trap(Trap::UserEcall { dispatch });
        }
        self.enter_kernel(pc)?;
        Ok(Done::Retired {
            inst,
            next: dispatch,
        })
    }

    fn trap(&mut self, trap: Trap) -> Result<Done, Stop> {
        let handler = self.load(TRAP_DISPATCH / 4 + trap.number())?;
        if !is_handler(handler) || self.machine_mode {
            return Err(Stop::Fault(trap.to_string()));
        }
        self.enter_kernel(self.pc)?;
        Ok(Done::Trapped { handler })
    }

    fn enter_kernel(&mut self, pc: u32) -> Result<(), Stop> {
        self.store(MEPC / 4, pc)?;
        self.entered_from = pc;
        self.machine_mode = true;
        Ok(())
    }

    fn machine_ecall(&mut self, pc: u32) -> Result<Done, Stop> {
        let number = self.machine_register(A7);
        let Some(ecall) = Ecall::of(number) else {
            return Err(Stop::Fault(format!("unknown machine ecall {number}")));
        };
        let rows = match ecall {
            Ecall::Terminate => {
                return Ok(Done::Terminated {
                    a0: self.machine_register(10),
                    rows: 2,
                })
            }
            Ecall::Read => self.ecall_read()?,
            Ecall::Write => self.ecall_write()?,
            Ecall::Poseidon2 => self.ecall_poseidon2()?,
            Ecall::Sha2 => self.ecall_sha2()?,
            Ecall::BigInt => self.ecall_bigint()?,
        };
        Ok(Done::Ecall {
            ecall,
            rows,
            next: pc.wrapping_add(4),
        })
    }
}

/// What a jump means to the call stack.
fn transfer(inst: Inst) -> Option<Transfer> {
    let op = match inst.kind {
        Kind::Jal => riscv::Op::Jal,
        Kind::Jalr => riscv::Op::Jalr,
        _ => return None,
    };
    riscv::transfer(riscv::Inst {
        op,
        rd: inst.rd,
        rs1: inst.rs1,
        rs2: 0,
        imm: 0,
    })
}

/// Whether the kernel can be entered there.
fn is_handler(address: u32) -> bool {
    address & 3 == 0 && (KERNEL_START..KERNEL_END).contains(&address)
}

pub(crate) fn invalid_address(address: u32) -> Stop {
    Stop::Fault(format!(
        "0x{address:08x} is an invalid guest address{}",
        null(address)
    ))
}
