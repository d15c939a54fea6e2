//! Reads objects as objects: serde takes a list of their fields' values for one as well, which nobody who sends it means.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// All of the bytes as one object.
pub(crate) fn from_slice<'de, T: Deserialize<'de>>(json: &'de [u8]) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let value = object(&mut reader)?;
    reader.end().map(|()| value)
}

/// For `deserialize_with`, where an object stands within another.
pub(crate) fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Object(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        a: u8,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        #[serde(deserialize_with = "object")]
        inner: Inner,
    }

    #[test]
    fn only_objects_are_objects() {
        assert_eq!(from_slice::<Outer>(br#" {"inner":{"a":1}} "#).unwrap(), Outer { inner: Inner { a: 1 } });
        for wrong in [r#"[[1]]"#, r#"[{"a":1}]"#, r#"{"inner":[1]}"#, r#"{"inner":{"a":1}} x"#, "1", "null", ""] {
            assert!(from_slice::<Outer>(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
