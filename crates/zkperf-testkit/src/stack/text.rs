//! Guests as assembly text.
//!
//! A line is a function (`name:`), a label in it (`.name:`, from outside `function.name`), a directive or
//! an instruction; `#` begins a comment. Beside the ISA's own there are the pseudo-instructions below, each
//! as many instructions as its name says, so that costs can be counted from the text:
//!
//! | Text | Instructions |
//! |---|---|
//! | `enter` | 2: room of 16 bytes on the stack, `ra` saved at its upper half |
//! | `leave` | 3: both undone, `ret` |
//! | `restore` | 2: `leave` without the `ret` |
//! | `call f`, `far f` | 1 (`jal ra`), 2 (`auipc ra`, `jalr ra`) |
//! | `tail f`, `fartail f` | 1 (`j`), 2 (`auipc t1`, `jr t1`) |
//! | `la r, l` | 2 |
//! | `lx`, `sx` | 1: load or store a whole register |
//!
//! Directives: `.weak` (the function's symbol), `.alias name binding` (another symbol of its extent).

use super::Machine;
use crate::asm::{Asm, Label};
use crate::elf::{Binding, Symbol};
use crate::inst::*;
use std::collections::BTreeMap;

/// Registers by ABI name, in order of their numbers.
const REGISTERS: [&str; 32] = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6",
];

/// A text being assembled.
pub(super) struct Source<'s> {
    text: &'s str,
    machine: Machine,
    labels: BTreeMap<String, Label>,
    marks: BTreeMap<String, u64>,
    function: String,
    /// First address of the open function.
    start: u64,
    aliases: Vec<(String, Binding)>,
}

impl<'s> Source<'s> {
    pub(super) fn new(text: &'s str, machine: Machine) -> Self {
        Self {
            text,
            machine,
            labels: BTreeMap::new(),
            marks: BTreeMap::new(),
            function: String::new(),
            start: 0,
            aliases: Vec::new(),
        }
    }

    pub(super) fn call_main(&mut self, a: &mut Asm) {
        let main = self.label(a, "main");
        a.call(main);
    }

    /// Appends the code; the addresses of all labels.
    pub(super) fn assemble(mut self, a: &mut Asm) -> BTreeMap<String, u64> {
        for line in self.text.lines() {
            let code = line.split('#').next().unwrap_or_default().trim();
            self.line(a, code);
        }
        self.end_function(a);
        self.marks
    }

    fn line(&mut self, a: &mut Asm, mut code: &str) {
        if let Some((name, rest)) = code.split_once(':') {
            self.place(a, name.trim());
            code = rest.trim();
        }
        let (name, operands) = code.split_once(' ').unwrap_or((code, ""));
        let operands: Vec<&str> = operands.split(',').map(str::trim).collect();
        match name {
            "" => {}
            ".weak" => a.bind_function(Binding::Weak),
            ".alias" => {
                let (alias, binding) = operands[0].split_once(' ').expect("name and binding");
                let binding = match binding {
                    "global" => Binding::Global,
                    "weak" => Binding::Weak,
                    "local" => Binding::Local,
                    other => panic!("no binding is called {other}"),
                };
                self.aliases.push((alias.to_owned(), binding));
            }
            _ => self.instruction(a, name, &operands),
        }
    }

    fn place(&mut self, a: &mut Asm, name: &str) {
        let whole = self.whole(name);
        let label = self.label(a, name);
        if name.starts_with('.') {
            a.bind(label);
        } else {
            self.end_function(a);
            self.function = name.to_owned();
            self.start = a.here();
            a.func_at(name, label);
        }
        let former = self.marks.insert(whole, a.here());
        assert!(former.is_none(), "{name} stands twice");
    }

    fn end_function(&mut self, a: &mut Asm) {
        a.end_func();
        for (name, binding) in std::mem::take(&mut self.aliases) {
            let symbol = Symbol::function(&name, self.start, a.here() - self.start);
            a.symbol(symbol.bound(binding));
        }
    }

    /// A label's whole name.
    fn whole(&self, name: &str) -> String {
        match name.starts_with('.') {
            true => format!("{}{name}", self.function),
            false => name.to_owned(),
        }
    }

    fn label(&mut self, a: &mut Asm, name: &str) -> Label {
        *self
            .labels
            .entry(self.whole(name))
            .or_insert_with(|| a.label())
    }

    fn instruction(&mut self, a: &mut Asm, name: &str, operands: &[&str]) {
        match name {
            "enter" => {
                a.addi(SP, SP, -16);
                self.machine.store(a, RA, SP, 8);
            }
            "leave" | "restore" => {
                self.machine.load(a, RA, SP, 8);
                a.addi(SP, SP, 16);
                if name == "leave" {
                    a.ret();
                }
            }
            "nop" => a.addi(ZERO, ZERO, 0),
            "ret" => a.ret(),
            "ecall" => a.ecall(),
            "mv" => a.mv(register(operands[0]), register(operands[1])),
            "li" => a.addi(register(operands[0]), ZERO, number(operands[1])),
            "csrs" => a.csrs(number(operands[0]) as u32, register(operands[1])),
            "lx" | "sx" | "jr" | "jalr" => self.with_offset(a, name, operands),
            _ => self.other(a, name, operands),
        }
    }

    /// Instructions with an operand such as `8(sp)`.
    fn with_offset(&self, a: &mut Asm, name: &str, operands: &[&str]) {
        let last = operands.last().expect("an operand");
        let (offset, base) = match last.split_once('(') {
            Some((offset, base)) => (number(offset) as i32, register(base.trim_end_matches(')'))),
            None => (0, register(last)),
        };
        match name {
            "jr" => a.jalr(ZERO, base, offset),
            "jalr" => a.jalr(register(operands[0]), base, offset),
            "lx" => self.machine.load(a, register(operands[0]), base, offset),
            _ => self.machine.store(a, register(operands[0]), base, offset),
        }
    }

    /// Instructions with a label or a row in the tables.
    fn other(&mut self, a: &mut Asm, name: &str, operands: &[&str]) {
        let last = operands.last().expect("an operand");
        if matches!(
            name,
            "call" | "far" | "tail" | "fartail" | "j" | "jal" | "la"
        ) {
            let label = self.label(a, last);
            return match name {
                "call" => a.call(label),
                "far" => a.far_call(RA, RA, label),
                "fartail" => a.far_call(ZERO, T1, label),
                "jal" => a.jal(register(operands[0]), label),
                "la" => a.la(register(operands[0]), label),
                _ => a.j(label),
            };
        }
        let first = register(operands[0]);
        match name {
            "beqz" | "bnez" => {
                let label = self.label(a, last);
                a.branch(name.trim_end_matches('z'), first, ZERO, label);
            }
            _ if BRANCHES.iter().any(|row| row.0 == name) => {
                let label = self.label(a, last);
                a.branch(name, first, register(operands[1]), label);
            }
            _ if I_TYPES.iter().any(|row| row.name == name) => {
                a.i(name, first, register(operands[1]), number(last));
            }
            _ => a.r(name, first, register(operands[1]), register(last)),
        }
    }
}

fn register(name: &str) -> Reg {
    let at = REGISTERS.iter().position(|known| *known == name);
    Reg(at.unwrap_or_else(|| panic!("no register is called {name}")) as u8)
}

fn number(text: &str) -> i64 {
    let value = match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    value.unwrap_or_else(|_| panic!("{text} is no number"))
}
