//! The instructions without a code of their own: precompiles, CSR accesses, atomics, fcalls, the
//! BIOS, and jumps between functions that the fast forms do not cover.
//!
//! Each is carried out field by field as `Emu::step` of ziskemu 1.4.0-alpha does it, on the official
//! context.

use crate::cost::{class, opcode_cost, read_shape, write_shape, CHEAP_ADD_SAVES};
use crate::decode::{SlowInst, Transfer};
use crate::image::{Operand, Target};
use crate::loader::quietly;
use crate::official::{failure, is_frop, OpStats, ZiskOp, TRAPS, UART_ADDR};
use crate::recorder::Recorder;
use crate::run::{is_cheap_add, word_class, End, Machine};
use zkperf_exec::Control;

/// Where a slow instruction leads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Next {
    pub(crate) index: usize,
    /// Whether the straight run ends here.
    pub(crate) closes: bool,
    transfer: Transfer,
    return_address: u64,
    tag: bool,
}

/// Receives the memory words of a precompile.
struct Words<'r, R: Recorder> {
    recorder: &'r mut R,
    index: usize,
    variable_cost: u64,
    unmapped: Option<u64>,
}

impl<R: Recorder> Words<'_, R> {
    fn words(&mut self, address: u64, count: usize, written: bool) {
        for word in 0..count as u64 {
            let at = address.wrapping_add(8 * word);
            match word_class(at, written) {
                Some(class) => self.recorder.word(self.index, class, written),
                None => self.unmapped = self.unmapped.or(Some(at)),
            }
        }
    }
}

impl<R: Recorder> OpStats for Words<'_, R> {
    fn mem_align_read(&mut self, address: u64, count: usize) {
        self.words(address, count, false);
    }
    fn mem_align_write(&mut self, address: u64, count: usize) {
        self.words(address, count, true);
    }
    fn set_variable_cost(&mut self, cost: u64) {
        self.variable_cost = cost;
    }
}

impl Machine<'_> {
    /// Carries out the slow instruction at `index`; `steps` are those before it.
    ///
    /// # Errors
    /// Why the run ends with this instruction.
    pub(crate) fn slow<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        index: usize,
        slow: u32,
        steps: u64,
    ) -> Result<Next, End> {
        let program = self.program;
        let inst = &program.slow[slow as usize];
        self.slow_inner(recorder, control, index, inst, steps)
            .map_err(|end| {
                end.unwrap_or_else(|cause| End::Fault {
                    index: Some(index),
                    cause,
                })
            })
    }

    #[inline(never)]
    fn slow_inner<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        index: usize,
        inst: &SlowInst,
        steps: u64,
    ) -> Result<Next, Result<End, String>> {
        let pc = u64::from(self.program.layout.pcs[index]);
        let a = self
            .operand(recorder, index, inst, inst.a, 0, steps)
            .map_err(Err)?;
        let b = self
            .operand(recorder, index, inst, inst.b, a, steps)
            .map_err(Err)?;
        let ctx = &mut self.memory.ctx;
        (ctx.a, ctx.b, ctx.c, ctx.pc, ctx.step) = (a, b, self.last_c, pc, steps);
        for (to, from) in ctx.regs.iter_mut().zip(&self.registers) {
            *to = *from;
        }
        ctx.extended_arg = if inst.precompile { inst.jump_set } else { 0 };
        quietly(|| (inst.run)(ctx)).map_err(|panic| Err(official_words(inst.op, &panic)))?;
        let (c, flag) = (ctx.c, ctx.flag);
        self.last_c = c;
        if R::ON {
            self.record(recorder, index, inst).map_err(Err)?;
        }
        self.store(recorder, control, index, inst, pc)
            .map_err(Err)?;
        if inst.end {
            return Err(Ok(self.end(index)));
        }
        let to = if inst.set_pc {
            c.wrapping_add_signed(inst.jump_set)
        } else if flag && !inst.precompile {
            pc.wrapping_add_signed(inst.jump_set)
        } else {
            pc.wrapping_add_signed(inst.jump_unset)
        };
        let Some(next) = self.program.layout.index_of(to) else {
            return Err(Err(format!("jump to 0x{to:x}, where no code is")));
        };
        let next = next as usize;
        let same_function = self.program.function_of[next] == self.program.function_of[index];
        let tag = inst.op == ZiskOp::PROFILE;
        let return_address = if inst.store_pc {
            pc.wrapping_add_signed(inst.jump_unset)
        } else {
            b
        };
        let closes = tag || next != index + 1 || !same_function;
        Ok(Next {
            index: next,
            closes,
            transfer: inst.transfer,
            return_address,
            tag,
        })
    }

    /// Tells the recorder what a closed slow instruction means to the call tree.
    pub(crate) fn transfer<R: Recorder>(&mut self, recorder: &mut R, site: usize, next: Next) {
        let to = self.landing(next.index);
        let stack_pointer = self.registers[2];
        if next.tag {
            self.tag(recorder);
        }
        match next.transfer {
            Transfer::Call if self.program.is_call(site as u32, next.index as u32) => {
                recorder.call(site, to, next.return_address, stack_pointer, || {
                    self.entered()
                });
            }
            Transfer::Return => recorder.ret(site, to, stack_pointer, || self.entered()),
            _ => recorder.leave(site, to, stack_pointer, || self.entered()),
        }
    }

    fn operand<R: Recorder>(
        &mut self,
        recorder: &mut R,
        index: usize,
        inst: &SlowInst,
        operand: Operand,
        a: u64,
        steps: u64,
    ) -> Result<u64, String> {
        let (address, width) = match operand {
            Operand::LastC => return Ok(self.last_c),
            Operand::Register(register) => return Ok(self.registers[register as usize & 63]),
            Operand::Immediate(value) => return Ok(value),
            Operand::Step => return Ok(steps),
            Operand::Invalid => return Err("an operand source that ZisK does not define".into()),
            Operand::Memory(address) => (address, 8),
            Operand::Indirect(offset) => (a.wrapping_add_signed(offset), inst.width),
        };
        let (value, zone) = self.memory.read_width(address, width)?;
        if R::ON {
            recorder.access(index, class(zone, read_shape(width as usize), address));
        }
        Ok(value)
    }

    /// Costs of the operation just carried out, judged on memory as it is now (as ziskemu does).
    fn record<R: Recorder>(
        &mut self,
        recorder: &mut R,
        index: usize,
        inst: &SlowInst,
    ) -> Result<(), String> {
        let ctx = &self.memory.ctx;
        if !inst.precompile {
            if is_frop(inst.op, ctx.a, ctx.b) {
                recorder.frequent(index, opcode_cost(inst.op));
            } else if inst.op == ZiskOp::ADD && is_cheap_add(ctx.a, ctx.b, ctx.c) {
                recorder.cheap_add(index, CHEAP_ADD_SAVES);
            }
            return Ok(());
        }
        let Ok(op) = ZiskOp::try_from_code(inst.op) else {
            return Ok(());
        };
        let mut words = Words {
            recorder,
            index,
            variable_cost: 0,
            unmapped: None,
        };
        quietly(|| op.call_stats(ctx, &mut words))
            .map_err(|panic| official_words(inst.op, &panic))?;
        if let Some(address) = words.unmapped {
            return Err(format!(
                "{} touches 0x{address:x}, where no such memory is mapped",
                op.name()
            ));
        }
        let cost = op.cost() + words.variable_cost;
        recorder.precompile(index, cost);
        Ok(())
    }

    fn store<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        index: usize,
        inst: &SlowInst,
        pc: u64,
    ) -> Result<(), String> {
        let value = if inst.store_pc {
            pc.wrapping_add_signed(inst.jump_unset)
        } else {
            self.last_c
        };
        let (address, width) = match inst.store {
            Target::Nothing => return Ok(()),
            Target::Register(register) => {
                self.registers[register as usize & 63] = value;
                return Ok(());
            }
            Target::Memory(address) => (address, 8),
            Target::Indirect(offset) => (self.memory.ctx.a.wrapping_add_signed(offset), inst.width),
        };
        let zone = self.memory.write_width(address, value, width)?;
        if R::ON {
            recorder.access(
                index,
                class(zone, write_shape(width as usize, value), address),
            );
        }
        if width == 1 && address == UART_ADDR {
            control.print(&[value as u8]);
        }
        Ok(())
    }

    fn end(&self, index: usize) -> End {
        let Some(failure) = failure(&self.memory.ctx) else {
            return End::Finished;
        };
        let at = failure.pc.and_then(|pc| self.program.layout.index_of(pc));
        let at = at.map_or(index, |index| index as usize);
        let cause = match failure.code {
            0 => format!("trap: an instruction ZisK does not execute ({TRAPS})"),
            code => format!("the guest exited with code {code}"),
        };
        End::Fault {
            index: Some(at),
            cause,
        }
    }

    fn tag<R: Recorder>(&mut self, recorder: &mut R) {
        let ctx = &self.memory.ctx;
        let command = ctx.b as u8;
        let name = quietly(|| {
            let data = ctx.mem.read(ctx.a, 8);
            let bytes = ctx.mem.read(ctx.a.wrapping_add(8), 8);
            String::from_utf8_lossy(ctx.mem.read_slice(data, bytes)).into_owned()
        });
        // A tag whose name lies outside memory is the guest's mistake, not a reason to stop.
        recorder.tag(&name.unwrap_or_else(|_| "[unreadable tag]".into()), command);
    }
}

/// An official panic, put as the cause of a fault.
fn official_words(op: u8, panic: &str) -> String {
    let name = ZiskOp::try_from_code(op).map_or("operation", |op| op.name());
    let first = panic.lines().next().unwrap_or_default();
    format!("{name} refused its operands: {first}")
}
