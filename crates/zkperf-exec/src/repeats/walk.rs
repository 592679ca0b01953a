//! The walk over a function's instructions that finds what it needs.

use super::needs::{counts_bytes, is_allocator, Analysis, Need, Needs};
use super::state::{State, Value};
use crate::riscv::{decode, Inst, Op};
use crate::FunctionIndex;

/// A walk over one function.
pub(super) struct Walk<'a> {
    pub(super) start: u64,
    pub(super) words: &'a [u32],
    pub(super) needs: Needs,
    pub(super) analysis: &'a mut Analysis,
    /// What is known before an instruction that control comes to from elsewhere.
    pub(super) states: Vec<Option<State>>,
    pub(super) todo: Vec<usize>,
}

impl Walk<'_> {
    pub(super) fn run(&mut self) {
        while let Some(at) = self.todo.pop() {
            // Nothing more is asked of a function that has effects and returns.
            if self.needs.effects && self.needs.returns {
                return;
            }
            if let Some(state) = self.states[at].clone() {
                self.stretch(at, state);
            }
        }
    }

    fn goes_to(&mut self, at: usize, state: &State) {
        if at >= self.words.len() {
            return;
        }
        let is_news = match &mut self.states[at] {
            Some(known) => known.join(state),
            empty => {
                *empty = Some(state.clone());
                true
            }
        };
        if is_news {
            self.todo.push(at);
        }
    }

    /// From an instruction to where control leaves or meets another way.
    fn stretch(&mut self, from: usize, mut state: State) {
        let mut at = from;
        loop {
            let word = self.words[at];
            let inst = self.decoded(at);
            if !self.step(at, word, inst, &mut state) {
                return;
            }
            at += 1;
            if at >= self.words.len() {
                self.unknown();
                return;
            }
            if self.states[at].is_some() {
                return self.goes_to(at, &state);
            }
        }
    }

    fn decoded(&self, at: usize) -> Inst {
        match self.analysis.code.is_64() {
            true => decode::<64>(self.words[at]),
            false => decode::<32>(self.words[at]),
        }
    }

    /// One instruction; whether control goes on behind it.
    fn step(&mut self, at: usize, word: u32, inst: Inst, state: &mut State) -> bool {
        let value = |register: u8| state.registers[usize::from(register)];
        let (first, second) = (value(inst.rs1), value(inst.rs2));
        match inst.op {
            Op::Addi => state.set(inst.rd, first.plus(inst.imm)),
            Op::Lui => state.set(inst.rd, Value::number(inst.imm.into())),
            Op::Auipc => state.set(inst.rd, Value::ANY),
            op if op.is_load() => {
                let loaded = self.load(first, inst, state);
                state.set(inst.rd, loaded);
            }
            op if op.is_store() => self.store(first, second, inst, state),
            op if op.is_branch() => {
                self.looked_at(first);
                self.looked_at(second);
                let target = at as i64 + i64::from(inst.imm / 4);
                if let Ok(target) = usize::try_from(target) {
                    self.goes_to(target, state);
                }
            }
            Op::Jal => return self.jump(at, inst, state),
            Op::Jalr => return self.jump_indirect(at, inst, state),
            // Circuits take addresses in registers, whichever.
            Op::Ecall => {
                for register in 10..18 {
                    if state.registers[register] != Value::argument(register - 10) {
                        self.used(state.registers[register], state);
                    }
                }
                for register in [10, 11] {
                    self.used(state.registers[register], state);
                }
                state.called(Value::ANY);
            }
            Op::Ebreak | Op::Mret | Op::Wfi => return false,
            Op::Fence | Op::FenceI => {}
            // Circuits are called through these; and what the decoder does not know, such as atomics.
            Op::Csr | Op::Illegal => {
                let register = |shift: u32| (word >> shift & 31) as usize;
                self.used(state.registers[register(15)], state);
                if inst.op == Op::Illegal {
                    self.used(state.registers[register(20)], state);
                }
                state.set(register(7) as u8, Value::ANY);
            }
            // A move, as some assemblers write it.
            Op::Add | Op::Or if inst.rs2 == 0 => state.set(inst.rd, first),
            Op::Add | Op::Or if inst.rs1 == 0 => state.set(inst.rd, second),
            _ => {
                self.looked_at(first);
                self.looked_at(second);
                state.set(inst.rd, first.with(second));
            }
        }
        true
    }

    /// An argument is compared: its value counts, what it points to does not.
    fn looked_at(&mut self, value: Value) {
        for nth in value.arguments() {
            self.needs.of[nth].live = true;
        }
    }

    /// A value goes where it is not followed: whatever it leads to may be read and written.
    fn used(&mut self, value: Value, state: &State) {
        for nth in value.arguments() {
            self.needs.of[nth].used();
        }
        self.needs.effects |= value.is_deep();
        if let Some(offset) = value.as_local() {
            for nth in state.local(offset).into_iter().flat_map(Value::arguments) {
                self.needs.of[nth].used();
            }
        }
    }

    fn load(&mut self, base: Value, inst: Inst, state: &State) -> Value {
        let bytes = width(inst.op);
        let is_word = bytes == self.analysis.word_bytes();
        if let Some(offset) = base.as_local() {
            return state.load(offset + inst.imm);
        }
        if let Some((nth, offset)) = base.as_argument() {
            let at = offset + inst.imm;
            let need = &mut self.needs.of[nth];
            need.live = true;
            if !need.read.add(at, bytes) {
                need.read_open = true;
                need.width = need.width.max(bytes as u8);
                return if is_word { Value::DEEP } else { Value::ANY };
            }
            return if is_word {
                Value::loaded(nth, at)
            } else {
                Value::ANY
            };
        }
        self.read_through(base, bytes as u8);
        match is_word && !base.leads_nowhere() {
            true if base.is_deep() || base.arguments().next().is_some() => Value::DEEP,
            true => Value::LOCAL,
            false => Value::ANY,
        }
    }

    /// Memory is read, not at an argument's address itself.
    fn read_through(&mut self, base: Value, bytes: u8) {
        if let Some((nth, offset)) = base.as_loaded() {
            let need = &mut self.needs.of[nth];
            self.needs.reads_on |= !need.through.add(offset, 1);
            return;
        }
        self.needs.reads_on |= base.is_deep();
        for nth in base.arguments() {
            let need = &mut self.needs.of[nth];
            need.live = true;
            need.read_open = true;
            need.width = need.width.max(bytes);
        }
    }

    fn store(&mut self, base: Value, stored: Value, inst: Inst, state: &mut State) {
        if let Some(offset) = base.as_local() {
            let word = self.analysis.word_bytes() as i32;
            return state.store(offset + inst.imm, word, stored);
        }
        self.looked_at(stored);
        if stored.as_argument().is_some() || stored.as_local().is_some() {
            self.used(stored, state);
        }
        match base.as_argument() {
            Some((nth, offset)) => {
                let need = &mut self.needs.of[nth];
                need.written_open |= !need.written.add(offset + inst.imm, width(inst.op));
            }
            None => self.written_through(base),
        }
    }

    /// Memory is written, not at an argument's address itself.
    fn written_through(&mut self, base: Value) {
        self.needs.effects |= base.is_deep() || base.leads_nowhere();
        for nth in base.arguments() {
            self.needs.of[nth].written_open = true;
        }
    }

    fn jump(&mut self, at: usize, inst: Inst, state: &mut State) -> bool {
        let target = self
            .start
            .wrapping_add(4 * at as u64)
            .wrapping_add_signed(inst.imm.into());
        self.goes(target, inst.rd != 0, state)
    }

    /// Control goes to a known address; whether it comes back behind.
    fn goes(&mut self, target: u64, links: bool, state: &mut State) -> bool {
        let inside = target.wrapping_sub(self.start) / 4;
        if target > self.start && inside < self.words.len() as u64 {
            self.goes_to(inside as usize, state);
            if links {
                state.called(Value::DEEP);
            }
            return links;
        }
        let Some(callee) = self.analysis.at(target) else {
            return self.unknown();
        };
        let comes_back = self.call(callee, state);
        self.needs.returns |= comes_back && !links;
        links && comes_back
    }

    fn jump_indirect(&mut self, at: usize, inst: Inst, state: &mut State) -> bool {
        let before = at.checked_sub(1).map(|before| self.decoded(before));
        let far = before.filter(|before| before.op == Op::Auipc && before.rd == inst.rs1);
        if let (Some(far), Some(before)) = (far, at.checked_sub(1)) {
            let base = self.start.wrapping_add(4 * before as u64);
            let target = base.wrapping_add_signed(i64::from(far.imm) + i64::from(inst.imm));
            return self.goes(target, inst.rd != 0, state);
        }
        let target = state.registers[usize::from(inst.rs1)];
        match (inst.rd, inst.rs1) {
            (0, 1 | 5) => {
                self.needs.returns = true;
                false
            }
            // A table of jumps lies among the constants; it leads to where control does not fall to.
            (0, _) if target.leads_nowhere() => {
                for next in 1..self.words.len() {
                    let end = self.decoded(next - 1);
                    if matches!((end.op, end.rd), (Op::Jal | Op::Jalr, 0)) {
                        self.goes_to(next, state);
                    }
                }
                false
            }
            _ => self.unknown(),
        }
    }

    /// Control goes where nobody knows: nothing more is to be found out.
    fn unknown(&mut self) -> bool {
        self.needs.effects = true;
        self.needs.returns = true;
        false
    }

    /// A call; whether it comes back.
    fn call(&mut self, callee: FunctionIndex, state: &mut State) -> bool {
        let needs = self.analysis.needs(callee);
        if !needs.returns {
            return false;
        }
        self.needs.effects |= needs.effects;
        self.needs.reads_on |= needs.reads_on;
        let name = self.analysis.functions[callee as usize].name.as_str();
        let result = match is_allocator(name) {
            true => Value::FRESH,
            false => Value::DEEP,
        };
        let bytes = state.registers[12]
            .as_number()
            .filter(|_| counts_bytes(name));
        // Whether it sees memory of the arguments, to which what it writes may lead.
        let is_lent = needs.of.iter().enumerate().any(|(nth, need)| {
            let value = state.registers[10 + nth];
            let leads = value.as_argument().is_some() && need.is_read();
            leads || need.live && value.is_deep()
        });
        for (nth, need) in needs.of.iter().enumerate() {
            let mut need = *need;
            if let Some(bytes) = bytes {
                let count = usize::try_from(bytes).unwrap_or(usize::MAX).min(1 << 16);
                need.read_open = need.read_open && !need.read.add(0, count);
                need.written_open = need.written_open && !need.written.add(0, count);
            }
            self.handed_on(state.registers[10 + nth], &need, is_lent, state);
        }
        state.called(result);
        true
    }

    fn handed_on(&mut self, value: Value, need: &Need, is_lent: bool, state: &mut State) {
        let leads_on = !need.through.is_empty();
        if let Some((nth, offset)) = value.as_argument() {
            let own = &mut self.needs.of[nth];
            own.live |= need.live;
            own.read_open |= need.read_open | !own.read.add_all(&need.read, offset);
            own.written_open |= need.written_open | !own.written.add_all(&need.written, offset);
            own.width = own.width.max(need.width);
            self.needs.reads_on |= !own.through.add_all(&need.through, offset);
            return;
        }
        if need.live {
            self.looked_at(value);
        }
        if let Some(offset) = value.as_local() {
            if need.live {
                let inside = state.local(offset);
                // What leads on from a local was put there by this function, or is not known.
                self.needs.reads_on |= leads_on && inside.is_empty();
                for inner in inside {
                    self.looked_at(inner);
                    if leads_on {
                        self.read_through(inner, 8);
                    }
                }
            }
            if need.is_written() {
                state.forget_local(offset, is_lent);
            }
            return;
        }
        if need.is_read() {
            self.read_through(value, need.width.max(1));
        }
        if need.is_written() {
            self.written_through(value);
        }
        self.needs.reads_on |= leads_on && !value.leads_nowhere();
    }
}

/// Bytes that a load or store moves.
fn width(op: Op) -> usize {
    match op {
        Op::Lb | Op::Lbu | Op::Sb => 1,
        Op::Lh | Op::Lhu | Op::Sh => 2,
        Op::Ld | Op::Sd => 8,
        _ => 4,
    }
}
