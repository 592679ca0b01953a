//! Machine READ and WRITE (`ecall_read`, `ecall_write`, execute/r0vm.rs of risc0-circuit-rv32im 4.0.5).

use crate::machine::{Machine, Stop};
use crate::rules::{MAX_IO_BYTES, MAX_IO_WORDS, SAFE_WRITE, USER_START};
use crate::step::invalid_address;

const A0: usize = 10;
const A1: usize = 11;
const A2: usize = 12;

impl Machine<'_> {
    /// Reads from the host into memory. Gives the rows: 2, one for each byte up to alignment, one for
    /// up to four words, one for each byte of the tail.
    pub(crate) fn ecall_read(&mut self) -> Result<u64, Stop> {
        let descriptor = self.machine_register(A0);
        let (pointer, length) = (self.machine_register(A1), self.machine_register(A2));
        check_transfer("read", pointer, length)?;
        if length > 0 && pointer < USER_START {
            return Err(invalid_address(pointer));
        }
        // The machine ecall's own first row is behind us when the guest's clock is read.
        self.user_cycles += 1;
        let bytes = self.host_read(descriptor, length);
        self.user_cycles -= 1;
        let bytes = bytes?;
        self.registers[1][A0] = bytes.len() as u32;
        let head = bytes.len().min(pointer.wrapping_neg() as usize & 3);
        let (head, rest) = bytes.split_at(head);
        let (body, tail) = rest.split_at(rest.len() & !3);
        let mut at = pointer;
        for &byte in head {
            self.store_byte(at, byte)?;
            at = at.wrapping_add(1);
        }
        for row in body.chunks(4 * MAX_IO_WORDS as usize) {
            for word in row.chunks_exact(4) {
                let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                self.store(at >> 2, word)?;
                at = at.wrapping_add(4);
            }
            for lane in row.len() as u32 / 4..MAX_IO_WORDS {
                self.store(SAFE_WRITE / 4 + lane, 0)?;
            }
        }
        for &byte in tail {
            self.store_byte(at, byte)?;
            at = at.wrapping_add(1);
        }
        let rows = head.len() + body.len().div_ceil(16) + tail.len();
        Ok(2 + rows as u64)
    }

    /// What the host gives: `ExecutorImpl::host_read` of risc0-zkvm 3.0.6. A descriptor other than 0 is
    /// the address of a syscall's name; 0 asks for the reply of the last one.
    fn host_read(&mut self, descriptor: u32, length: u32) -> Result<Vec<u8>, Stop> {
        if descriptor == 0 {
            if length < 8 || !length.is_multiple_of(4) {
                return Err(Stop::Fault(format!(
                    "a syscall's reply was read into {length} bytes, not 8"
                )));
            }
            let (a0, a1) = self.host.reply;
            return Ok([a0.to_le_bytes(), a1.to_le_bytes()].concat());
        }
        let name = self.peek_name(descriptor)?;
        let mut reply = vec![0; length.next_multiple_of(4) as usize];
        // The host looks at the machine while it answers.
        let mut host = std::mem::take(&mut self.host);
        let answered = host.call(&name, self, &mut reply);
        self.host = host;
        answered.map_err(Stop::Fault)?;
        reply.truncate(length as usize);
        Ok(reply)
    }

    fn peek_name(&self, address: u32) -> Result<String, Stop> {
        const LONGEST: u32 = 1 << 12;
        let bytes: Vec<u8> = (0..LONGEST)
            .map(|at| self.peek_byte(address.wrapping_add(at)))
            .take_while(|byte| *byte != 0)
            .collect();
        String::from_utf8(bytes)
            .map_err(|_| Stop::Fault(format!("the syscall's name at 0x{address:08x} is not text")))
    }

    /// Writes to the host: only the kernel's panic message goes this way. 2 rows.
    pub(crate) fn ecall_write(&mut self) -> Result<u64, Stop> {
        let (pointer, length) = (self.machine_register(A1), self.machine_register(A2));
        check_transfer("write", pointer, length)?;
        let bytes: Vec<u8> = (pointer..pointer + length)
            .map(|at| self.peek_byte(at))
            .collect();
        self.kernel_message = String::from_utf8_lossy(&bytes).into_owned();
        self.registers[1][A0] = length;
        Ok(2)
    }
}

fn check_transfer(what: &str, pointer: u32, length: u32) -> Result<(), Stop> {
    if pointer.checked_add(length).is_none() || length > MAX_IO_BYTES {
        return Err(Stop::Fault(format!(
            "invalid length {length} in host {what}"
        )));
    }
    Ok(())
}
