//! What is said in each language of the gallery: the page's own words, by their keys, and what people write.

use std::{collections::HashMap, path::Path};

/// A language the gallery is made in.
pub(crate) struct Speech {
    /// Its code.
    pub(crate) lang: &'static str,
    words: HashMap<String, String>,
    /// What people write in it.
    pub(crate) talk: &'static Talk,
}

/// What people write.
pub(crate) struct Talk {
    pub(crate) guest: &'static str,
    pub(crate) hello: &'static str,
    pub(crate) order: &'static str,
    pub(crate) answers: [&'static str; 4],
    pub(crate) which: &'static str,
    pub(crate) red: &'static str,
    pub(crate) thanks: &'static str,
    pub(crate) draft: &'static str,
    /// What is looked for; in `order` and in one of the `answers`.
    pub(crate) looked_for: &'static str,
    pub(crate) topics: [&'static str; 3],
    pub(crate) consent: &'static str,
    pub(crate) away: &'static str,
    pub(crate) site: &'static str,
    pub(crate) welcome: &'static str,
    /// Markdown with everything that can be formatted.
    pub(crate) rich: [&'static str; 3],
}

const ENGLISH: Talk = Talk {
    guest: "Ada Lovelace",
    hello: "Hello, is anybody there?",
    order: "My parcel is lost. Order 4711.",
    answers: [
        "Hello! I will look it up for you.",
        "Order 4711 left our warehouse on Tuesday.",
        "It seems to be with your neighbours, at number 12. Donaudampfschifffahrtselektrizitätenhauptbetriebswerk is what the note says.",
        "Is there anything else that we can do for you?",
    ],
    which: "Which one? You have two orders with us.",
    red: "The red one.",
    thanks: "Thank you, that helped 👍",
    draft: "I have just asked next door, and",
    looked_for: "4711",
    topics: ["Orders", "Returns and refunds", "Something else"],
    consent: "I agree that my messages are stored to answer my question.",
    away: "We are at lunch.",
    site: "Acme support",
    welcome: "Ask us anything. We usually answer within a few minutes.",
    rich: [
        "# How to return a parcel\n\nPlease try this, it takes **two minutes**:\n\n1. Open *Settings*\n2. Choose `Orders`\n   - then the order\n3. Press **Return**\n\nThe details are on [our help page](https://help.example.com/returns).",
        "> My order is not there\n\nThen write its number here.\n\n---\n\n- by mail\n- by phone",
        "```\ncurl https://example.com/a/very/long/address/that/does/not/fit/into/a/narrow/window/at/all.json\n  --header 'accept: application/json'\n```",
    ],
};

const ARABIC: Talk = Talk {
    guest: "ليلى بنت عبد الرحمن",
    hello: "مرحباً، هل من أحد هنا؟",
    order: "لم يصل طردي بعد. رقم الطلب 4711.",
    answers: [
        "صباح الخير! سأبحث عنه حالاً.",
        "غادر الطلب 4711 مستودعنا يوم الثلاثاء.",
        "يبدو أنه عند جيرانكم في المنزل رقم 12، فقد كتب ساعي البريد ذلك على الورقة التي تركها عند بابكم مساء أمس.",
        "هل من شيء آخر نستطيع مساعدتكم به؟",
    ],
    which: "أيّ طلب؟ لديكم طلبان عندنا.",
    red: "الأحمر.",
    thanks: "شكراً لكم، هذا مفيد 👍",
    draft: "سألت الجيران قبل قليل،",
    looked_for: "4711",
    topics: ["الطلبات", "الإرجاع واسترداد المبالغ", "شيء آخر"],
    consent: "أوافق على حفظ رسائلي للإجابة عن سؤالي.",
    away: "نحن في استراحة الغداء.",
    site: "خدمة العملاء",
    welcome: "اسألونا عمّا تشاؤون. نجيب عادةً خلال بضع دقائق.",
    rich: [
        "# كيف تعيدون طرداً\n\nجرّبوا هذا من فضلكم، ولن يأخذ أكثر من **دقيقتين**:\n\n1. افتحوا *الإعدادات*\n2. اختاروا `Orders`\n   - ثم الطلب\n3. اضغطوا **إرجاع**\n\nالتفاصيل في [صفحة المساعدة](https://help.example.com/returns).",
        "> لا أجد طلبي\n\nاكتبوا رقمه هنا إذن.\n\n---\n\n- بالبريد\n- بالهاتف",
        "```\ncurl https://example.com/a/very/long/address/that/does/not/fit/into/a/narrow/window/at/all.json\n  --header 'accept: application/json'\n```",
    ],
};

impl Speech {
    /// Both languages of the gallery.
    pub(crate) fn all() -> [Self; 2] {
        [Self::read("en", &ENGLISH), Self::read("ar", &ARABIC)]
    }

    fn read(lang: &'static str, talk: &'static Talk) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../frontend/words/{lang}.properties"));
        let text = std::fs::read_to_string(path).expect("the language's words");
        let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
        Self { lang, words: pairs.map(|(key, words)| (key.to_owned(), words.to_owned())).collect(), talk }
    }

    /// What the page says under this key, as far as nothing is filled in.
    pub(crate) fn say(&self, key: &str) -> &str {
        let words = self.words.get(key).unwrap_or_else(|| panic!("there are no words {key}"));
        words.split('{').next().unwrap_or_default().trim()
    }
}
