//! Trouble that meets some things and not others, as a share of a hundred.

/// Whether it is a share of a hundred.
pub(crate) fn check_percent(name: &str, percent: u8) -> Result<(), String> {
    if percent > 100 { Err(format!("{name} goes from 0 to 100")) } else { Ok(()) }
}

/// How often something is told that may be lost or doubled; what is lost cannot be doubled.
pub(crate) fn copies(loses_percent: u8, duplicates_percent: u8) -> usize {
    let is_so = |percent: u8| fastrand::u8(..100) < percent;
    if is_so(loses_percent) {
        return 0;
    }
    1 + usize::from(is_so(duplicates_percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_all_and_twice_are_certain() {
        for (rule, expected) in [((0, 0), 1), ((100, 0), 0), ((0, 100), 2), ((100, 100), 0)] {
            assert!((0..200).all(|_| copies(rule.0, rule.1) == expected), "{rule:?}");
        }
    }

    #[test]
    fn a_half_is_about_a_half() {
        let lost = (0..1000).filter(|_| copies(50, 0) == 0).count();
        assert!((350..650).contains(&lost), "{lost}");
    }

    #[test]
    fn more_than_all_is_refused() {
        assert!(check_percent("loses_percent", 101).is_err());
        assert!(check_percent("loses_percent", 100).is_ok());
    }
}
