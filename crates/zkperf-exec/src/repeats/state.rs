//! What registers and stack slots hold, as far as the analysis of a function follows it.

/// Offsets from an argument's address that are told apart.
pub(super) const OFFSETS: usize = 256;

/// Bits of origins beside the arguments, which are bits 0 to 7: the stack pointer at entry, memory that is not followed,
/// memory that the allocator gave, memory that locals lead to.
const STACK: u32 = 1 << 8;
const DEEP: u32 = 1 << 9;
const FRESH: u32 = 1 << 10;
const LOCAL: u32 = 1 << 11;
const ORIGINS: u32 = STACK | DEEP | FRESH | LOCAL | 0xff;
/// Bit of a value that lies at an offset from an argument's address, plus any number.
const LOADED: u32 = 1 << 13;
/// Bit of a value that is its only origin plus an offset.
const EXACT: u32 = 1 << 14;
/// Bit of a value that is a number.
const NUMBER: u32 = 1 << 15;

/// What a register holds: what it may be computed from, and in the simple cases exactly how; or a small number. 0 is
/// anything that leads nowhere: computed numbers, addresses of constants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Value(u32);

impl Value {
    pub(super) const ANY: Value = Value(0);
    pub(super) const SP: Value = Value(STACK | EXACT);
    pub(super) const DEEP: Value = Value(DEEP);
    pub(super) const FRESH: Value = Value(FRESH);
    pub(super) const LOCAL: Value = Value(LOCAL);

    pub(super) fn argument(nth: usize) -> Value {
        Value(1 << nth | EXACT)
    }

    /// The word at an offset from an argument's address.
    pub(super) fn loaded(nth: usize, offset: i32) -> Value {
        match i16::try_from(offset) {
            Ok(offset) => Value((offset as u16 as u32) << 16 | LOADED | 1 << nth),
            Err(_) => Value::DEEP,
        }
    }

    pub(super) fn number(value: i64) -> Value {
        match i16::try_from(value) {
            Ok(value) => Value((value as u16 as u32) << 16 | NUMBER),
            Err(_) => Value::ANY,
        }
    }

    pub(super) fn as_number(self) -> Option<i32> {
        (self.0 & NUMBER != 0).then_some((self.0 as i32) >> 16)
    }

    /// The only argument it is an address from, and the offset.
    pub(super) fn as_argument(self) -> Option<(usize, i32)> {
        let is_exact = self.0 & EXACT != 0 && self.0 & STACK == 0;
        is_exact.then(|| (self.0.trailing_zeros() as usize, (self.0 as i32) >> 16))
    }

    /// The argument whose memory it was loaded from, and the offset.
    pub(super) fn as_loaded(self) -> Option<(usize, i32)> {
        let is_loaded = self.0 & LOADED != 0;
        is_loaded.then(|| (self.0.trailing_zeros() as usize, (self.0 as i32) >> 16))
    }

    /// Its offset from the stack pointer at entry.
    pub(super) fn as_local(self) -> Option<i32> {
        (self.0 & EXACT != 0 && self.0 & STACK != 0).then_some((self.0 as i32) >> 16)
    }

    /// Arguments that it is computed from.
    pub(super) fn arguments(self) -> impl Iterator<Item = usize> {
        (0..8).filter(move |nth| self.origins() >> nth & 1 != 0)
    }

    /// Whether it may be an address that is not followed.
    pub(super) fn is_deep(self) -> bool {
        self.origins() & DEEP != 0
    }

    /// Whether it is computed from nothing that is followed: a number, or the address of a constant.
    pub(super) fn leads_nowhere(self) -> bool {
        self.origins() == 0
    }

    fn origins(self) -> u32 {
        match self.0 & LOADED {
            0 => self.0 & ORIGINS,
            _ => DEEP,
        }
    }

    /// With a number added.
    pub(super) fn plus(self, add: i32) -> Value {
        if let Some(number) = self.as_number() {
            return Value::number(i64::from(number) + i64::from(add));
        }
        if self.0 & EXACT == 0 {
            return self;
        }
        match i16::try_from(i64::from((self.0 as i32) >> 16) + i64::from(add)) {
            Ok(offset) => Value((offset as u16 as u32) << 16 | self.0 & 0xffff),
            Err(_) => Value(self.origins()),
        }
    }

    /// Computed from both.
    pub(super) fn with(self, other: Value) -> Value {
        match (self.0 & LOADED, other.0 & LOADED) {
            (0, LOADED) if self.leads_nowhere() => other,
            (LOADED, 0) if other.leads_nowhere() => self,
            _ => Value(self.origins() | other.origins()),
        }
    }

    /// What is known where two ways meet.
    fn or(self, other: Value) -> Value {
        match self == other {
            true => self,
            false => Value(self.origins() | other.origins()),
        }
    }
}

/// Registers and stack slots at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) registers: [Value; 32],
    /// Spilled values by offset from the stack pointer at entry, sorted.
    slots: Vec<(i32, Value)>,
    /// Locals that somebody filled who saw memory of the arguments, by offset: what is loaded there may lead into it.
    lent: Vec<i32>,
}

/// Most slots that are followed.
const MOST_SLOTS: usize = 256;
/// Bytes of a local whose address is handed on, at most, in which values may be.
const LOCAL_BYTES: i32 = 64;

fn is_in_local(offset: i32, at: i32) -> bool {
    (offset..offset.saturating_add(LOCAL_BYTES)).contains(&at)
}

impl State {
    /// At a function's first instruction.
    pub(super) fn entry() -> State {
        let mut registers = [Value::ANY; 32];
        registers[0] = Value::number(0);
        registers[2] = Value::SP;
        for nth in 0..8 {
            registers[10 + nth] = Value::argument(nth);
        }
        State {
            registers,
            slots: Vec::new(),
            lent: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, register: u8, value: Value) {
        if register != 0 {
            self.registers[usize::from(register)] = value;
        }
    }

    /// A call took place: what callees need not keep is gone, and it gave `result`.
    pub(super) fn called(&mut self, result: Value) {
        for register in [1, 5, 6, 7].into_iter().chain(10..18).chain(28..32) {
            self.registers[register] = Value::ANY;
        }
        self.registers[10] = result;
        self.registers[11] = result;
    }

    pub(super) fn store(&mut self, offset: i32, word: i32, value: Value) {
        self.slots.retain(|(at, _)| (*at - offset).abs() >= word);
        if self.slots.len() < MOST_SLOTS {
            let at = self.slots.partition_point(|(at, _)| *at < offset);
            self.slots.insert(at, (offset, value));
        }
    }

    /// What lies on the stack: what was stored there, or what somebody else left.
    pub(super) fn load(&self, offset: i32) -> Value {
        let found = self.slots.binary_search_by_key(&offset, |(at, _)| *at);
        let is_lent = || self.lent.iter().any(|local| is_in_local(*local, offset));
        match found {
            Ok(at) => self.slots[at].1,
            Err(_) if is_lent() => Value::DEEP,
            Err(_) => Value::LOCAL,
        }
    }

    /// Values in a local whose address is handed on.
    pub(super) fn local(&self, offset: i32) -> Vec<Value> {
        let slots = self.slots.iter().filter(|(at, _)| is_in_local(offset, *at));
        slots.map(|(_, value)| *value).collect()
    }

    /// Somebody else wrote to a local, who saw memory of the arguments or not.
    pub(super) fn forget_local(&mut self, offset: i32, is_lent: bool) {
        if is_lent && !self.lent.contains(&offset) {
            self.lent.push(offset);
            self.lent.sort_unstable();
        }
        self.slots.retain(|(at, _)| !is_in_local(offset, *at));
    }

    /// Joins what is known on another way here; whether that changed anything.
    pub(super) fn join(&mut self, other: &State) -> bool {
        if self == other {
            return false;
        }
        let before = self.clone();
        for (value, other) in self.registers.iter_mut().zip(&other.registers) {
            *value = value.or(*other);
        }
        for local in &other.lent {
            if !self.lent.contains(local) {
                self.lent.push(*local);
            }
        }
        self.lent.sort_unstable();
        // A slot that only one way knows is one that somebody else may have written.
        self.slots
            .retain(|(at, _)| other.slots.binary_search_by_key(at, |slot| slot.0).is_ok());
        for (at, value) in &mut self.slots {
            *value = value.or(other.load(*at));
        }
        *self != before
    }
}
