//! A set of ids. One plain type for all of them: each further type of a general set would be drawn
//! into the program once more.

/// A set of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    sorted: Vec<String>,
}

impl Ids {
    /// Whether it is in the set.
    pub fn contains(&self, id: &str) -> bool {
        self.place(id).is_ok()
    }

    /// Puts it into the set. Whether it was not there.
    pub fn insert(&mut self, id: &str) -> bool {
        match self.place(id) {
            Ok(_) => false,
            Err(place) => {
                self.sorted.insert(place, id.to_owned());
                true
            }
        }
    }

    /// Takes it out of the set.
    pub fn remove(&mut self, id: &str) {
        if let Ok(place) = self.place(id) {
            self.sorted.remove(place);
        }
    }

    fn place(&self, id: &str) -> Result<usize, usize> {
        self.sorted.binary_search_by(|other| other.as_str().cmp(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_in_the_set_once() {
        let mut ids = Ids::default();
        assert!(ids.insert("b") && ids.insert("a") && ids.insert("c"));
        assert!(!ids.insert("b"));
        assert!(ids.contains("a") && ids.contains("b") && ids.contains("c") && !ids.contains("d"));
        ids.remove("b");
        ids.remove("d");
        assert!(ids.contains("a") && !ids.contains("b") && ids.contains("c"));
    }
}
