//! What registers to be told: a browser, a program. Each has a socket of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::ids::PersonId;
use crate::moment::Moment;
use crate::state::Refusal;

/// More a person does not have.
const MAX_DEVICES: usize = 100;
/// Of each thing a device says of itself so much is kept.
const MAX_CHARACTERS: usize = 200;

/// What a device says of itself.
pub(super) const ABOUT: [&str; 7] = ["deviceName", "deviceType", "localizedModel", "model", "name", "systemName", "systemVersion"];

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) id: Uuid,
    pub(super) owner: PersonId,
    /// In the order of `ABOUT`.
    pub(super) about: [String; ABOUT.len()],
    pub(super) modified: Moment,
}

/// All of them.
#[derive(Default)]
pub(super) struct Devices {
    held: Mutex<BTreeMap<Uuid, Device>>,
}

impl Devices {
    pub(super) fn register(&self, owner: PersonId, said: &Map<String, Value>, now: Moment) -> Result<Device, Refusal> {
        let mut devices = self.lock();
        if devices.values().filter(|device| device.owner == owner).count() >= MAX_DEVICES {
            return Err(Refusal::forbidden("User has excessive device registrations"));
        }
        let device = Device { id: Uuid::new_v4(), owner, about: about(said), modified: now };
        devices.insert(device.id, device.clone());
        Ok(device)
    }

    /// The owner's, those longest not refreshed first.
    pub(super) fn of(&self, owner: PersonId) -> Vec<Device> {
        let mut devices: Vec<Device> = self.lock().values().filter(|device| device.owner == owner).cloned().collect();
        devices.sort_by_key(|device| device.modified);
        devices
    }

    /// Whoever's.
    pub(super) fn get(&self, id: Uuid) -> Option<Device> {
        self.lock().get(&id).cloned()
    }

    pub(super) fn refresh(&self, owner: PersonId, id: Uuid, said: &Map<String, Value>, now: Moment) -> Result<Device, Refusal> {
        let mut devices = self.lock();
        let device = devices.get_mut(&id).filter(|device| device.owner == owner).ok_or_else(no_such_device)?;
        (device.about, device.modified) = (about(said), now);
        Ok(device.clone())
    }

    pub(super) fn remove(&self, owner: PersonId, id: Uuid) -> Result<(), Refusal> {
        let mut devices = self.lock();
        devices.get(&id).filter(|device| device.owner == owner).ok_or_else(no_such_device)?;
        devices.remove(&id);
        Ok(())
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, Device>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is not said is empty: clients read words there.
fn about(said: &Map<String, Value>) -> [String; ABOUT.len()] {
    ABOUT.map(|name| said.get(name).and_then(Value::as_str).unwrap_or_default().chars().take(MAX_CHARACTERS).collect())
}

pub(super) fn no_such_device() -> Refusal {
    Refusal::not_found("Device not found.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128) -> PersonId {
        PersonId::new(Uuid::from_u128(number))
    }

    #[test]
    fn a_person_has_a_hundred_devices_at_most_until_some_are_deleted() {
        let (devices, said) = (Devices::default(), Map::new());
        let register = |owner| devices.register(person(owner), &said, Moment::default());
        let first = register(1).unwrap().id;
        (1..MAX_DEVICES).for_each(|_| drop(register(1).unwrap()));
        assert_eq!(register(1).err(), Some(Refusal::forbidden("User has excessive device registrations")));
        register(2).unwrap();
        devices.remove(person(1), first).unwrap();
        register(1).unwrap();
    }

    #[test]
    fn a_device_is_its_owners() {
        let (devices, said) = (Devices::default(), Map::new());
        let id = devices.register(person(1), &said, Moment::default()).unwrap().id;
        assert!(devices.refresh(person(2), id, &said, Moment::default()).is_err());
        assert!(devices.remove(person(2), id).is_err());
        assert_eq!((devices.of(person(1)).len(), devices.of(person(2)).len()), (1, 0));
    }
}
