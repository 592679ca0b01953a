//! What ends a run early.

use super::frame::*;
use crate::asm::Asm;
use crate::inst::*;

fn failing(name: &str, body: impl FnOnce(&mut Asm)) -> Guest {
    Guest::new(name, body).failing()
}

pub(super) fn guests() -> Vec<Guest> {
    let word = |name: &str, word: u32| failing(name, |a| a.word(word));
    let at = |name: &str, access: &'static str, address: u32| {
        failing(name, move |a| {
            a.li32(S2, address);
            if access.starts_with('l') {
                a.load(access, A0, S2, 0);
            } else {
                a.store(access, A0, S2, 0);
            }
        })
    };
    let jump = |name: &str, address: u32| {
        failing(name, move |a| {
            a.li32(S2, address);
            a.jalr(RA, S2, 0);
        })
    };
    let call = |name: &str, call: Syscall| failing(name, move |a| software(a, call, 0, 0));
    vec![
        word("fault_illegal", 0),
        word("fault_unimp", 0xc000_1073),
        word("fault_fence", 0x0ff0_000f),
        word("fault_amo", 0x00c5_a52f),
        word("fault_compressed", 0x0000_0001),
        word("fault_ebreak", 0x0010_0073),
        word("fault_strange_ecall", 0x0020_0073),
        word("fault_mret", 0x3020_0073),
        word("fault_wide_load", 0x0000_3503),
        at("fault_misaligned_lw", "lw", DATA + 2),
        at("fault_misaligned_lh", "lh", DATA + 1),
        at("fault_misaligned_sw", "sw", DATA + 1),
        at("fault_misaligned_sh", "sh", DATA + 3),
        at("fault_null_load", "lw", 4),
        at("fault_null_store", "sw", 0xfffc),
        at("fault_kernel_load", "lw", 0xc000_0000),
        at("fault_kernel_store", "sw", 0xffff_0080),
        jump("fault_jump_misaligned", DATA + 2),
        jump("fault_jump_to_null", 0),
        jump("fault_jump_to_kernel", 0xc000_0000),
        jump("fault_jump_to_data", DATA),
        failing("fault_branch_misaligned", |a| {
            a.word(0x0000_0163 | 10 << 15 | 10 << 20)
        }),
        failing("fault_ecall_number", |a| {
            a.li32(T0, 8);
            a.ecall();
        }),
        failing("fault_ecall_user", |a| {
            a.li32(T0, 5);
            a.ecall();
        }),
        failing("fault_software_number", |a| {
            a.li32(T0, 2);
            a.li32(T6, 99);
            a.ecall();
        }),
        call("fault_fork", SYS_FORK),
        call("fault_exit", SYS_EXIT),
        call("fault_user_syscall", SYS_USER),
        failing("fault_panic", |a| {
            a.li32(A3, NAMES as u32);
            a.li32(A4, 10);
            software(a, SYS_PANIC, 0, 0);
        }),
        failing("fault_read_descriptor", |a| {
            a.li32(A3, 7);
            a.li32(A4, 4);
            software(a, SYS_READ, DATA, 4);
        }),
        failing("fault_write_descriptor", |a| write(a, 0, DATA, 4)),
        failing("fault_argv", |a| {
            a.li32(A3, 0);
            software(a, SYS_ARGV, DATA, 4);
        }),
        failing("fault_sha_null", |a| {
            a.li32(T0, 3);
            for register in [A0, A1, A2, A3] {
                a.li32(register, 16);
            }
            a.li32(A4, 1);
            a.ecall();
        }),
        failing("fault_bigint_null", |a| {
            a.li32(T0, 6);
            for register in [A0, A1, A2, A3, A4, T1, T2, T3] {
                a.li32(register, DATA + 0x8000);
            }
            a.ecall();
        }),
        failing("fault_poseidon_check", |a| {
            a.li32(T0, 7);
            a.li32(A0, 0);
            a.li32(A1, DATA / 4);
            a.li32(A2, DATA / 4);
            a.li32(A3, 0x4000_0001);
            a.ecall();
        }),
        failing("fault_read_into_kernel", |a| read(a, 0xc000_0000, 4)),
        // Ten blocks from far pages do not fit into what a small segment has left.
        failing("fault_segment_too_small", |a| {
            a.li32(T0, 3);
            a.li32(A0, 0x1000_0000);
            a.li32(A1, 0x4000_0000);
            a.li32(A2, 0x7000_0000 - 64);
            a.li32(A3, 0x7000_0000 - 32);
            a.li32(A4, 10);
            a.ecall();
        })
        .at(&[13]),
    ]
}
