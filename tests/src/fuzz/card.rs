//! Adaptive cards as text. The judge is the one of hostile markup; and a card's texts are told, or nothing is made up.

use serde_json::Value;
use server::content::card::from_card;
use shared::Block;

use crate::hostile::broken;

pub(super) fn target(bytes: &[u8]) {
    let Ok(card) = serde_json::from_slice::<Value>(bytes) else { return };
    let content = from_card(&card);
    assert_eq!(broken(&serde_json::to_value(&content).expect("content is JSON")), None);
    // All of it is one quotation.
    assert!(matches!(content.as_slice(), [] | [Block::Quote { .. }]), "{content:?}");
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        r#"{"body":[{"type":"TextBlock","text":"Your order https://a.example/","weight":"Bolder"},{"type":"FactSet","facts":[{"title":"a","value":"b"}]}]}"#,
        r#"{"body":[{"type":"ColumnSet","columns":[{"type":"Column","items":[{"type":"RichTextBlock","inlines":["a",{"text":"b"}]}]}]}],"actions":[{"type":"Action.OpenUrl","title":"x","url":"https://a.example/1"}]}"#,
        r#"{"body":[{"type":"ImageSet","images":[{"type":"Image","altText":"x"}]},{"type":"Input.Text","label":"l"},{"type":"ActionSet","actions":[{"type":"Action.OpenUrl","url":"mailto:a b"}]}]}"#,
        r#"{"body":[{"type":"RichTextBlock","inlines":["\u0007a",{"text":"\u202eb"}]}]}"#,
        r#"{"body":[{"type":"Container","items":[{"type":"TextBlock","text":"\u202e\u0000\n\n\n","isVisible":true}]}]}"#,
    ])
}
