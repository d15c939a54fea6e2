//! Chance, and the ids made of it.

use std::cell::Cell;

use shared::ClientMessageId;

use super::clock;

thread_local! {
    /// When the last id was made, and how many were made in that millisecond before it.
    static LAST: Cell<(u64, u16)> = const { Cell::new((0, 0)) };
}

/// A new id for a message. Ids of one page sort in the order they were made.
pub fn client_message_id() -> ClientMessageId {
    let now = u64::try_from(clock::now().as_millis()).unwrap_or_default();
    let (millis, count) = LAST.with(|last| {
        let next = following(last.get(), now);
        last.set(next);
        next
    });
    let mut chance = [0_u8; 8];
    fill(&mut chance);
    ClientMessageId::new(uuid_v7(millis, count, chance))
}

/// A number from 0 up to 1.
pub fn fraction() -> f64 {
    js_sys::Math::random()
}

fn fill(bytes: &mut [u8]) {
    let filled = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(bytes).is_ok());
    if !filled {
        for byte in bytes {
            *byte = (fraction() * 256.0) as u8;
        }
    }
}

/// Never goes back: not when the clock does, and not within a millisecond.
fn following((last, count): (u64, u16), now: u64) -> (u64, u16) {
    if now > last {
        (now, 0)
    } else if count < 0x0fff {
        (last, count + 1)
    } else {
        (last + 1, 0)
    }
}

/// RFC 9562, version 7, with a counter in `rand_a`.
fn uuid_v7(millis: u64, count: u16, chance: [u8; 8]) -> String {
    let high = (millis << 16) | 0x7000 | u64::from(count & 0x0fff);
    let low = (u64::from_be_bytes(chance) & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff, low >> 48, low & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_7_and_taken_by_the_portal() {
        let id = uuid_v7(0x0193_6b1e_7a5c, 0x0c3e, [0xff; 8]);
        assert_eq!(id, "01936b1e-7a5c-7c3e-bfff-ffffffffffff");
        assert!(ClientMessageId::new(id).is_well_formed());
        assert!(ClientMessageId::new(uuid_v7(0, 0, [0; 8])).is_well_formed());
    }

    #[test]
    fn ids_sort_in_the_order_they_were_made_even_when_the_clock_goes_back() {
        let mut last = (0, 0);
        let mut made = Vec::new();
        for now in [5, 5, 5, 4, 6].into_iter().chain([6; 5000]) {
            last = following(last, now);
            made.push(uuid_v7(last.0, last.1, [0; 8]));
        }
        assert!(made.is_sorted_by(|a, b| a < b));
    }
}
