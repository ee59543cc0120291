export interface WrongField {
  /** Which of the sections that were sent, from 0; null for a field of the template itself. */
  section: number | null;
  field: string;
  words: string;
}

const LEAD = "the template is not usable: ";

/** Each field that the server's refusal names: "…: name: words; sections[2].most: words". Nothing where it says
 *  something else; then the message has to be shown as it is. */
export function wrongFields(message: string): WrongField[] {
  if (!message.startsWith(LEAD)) return [];
  return message
    .slice(LEAD.length)
    .split("; ")
    .flatMap((part) => {
      const [, section, inSection, own, words] =
        /^(?:sections\[(\d+)\]\.(title|description|kind|most)|(name)): (.+)$/s.exec(part) ?? [];
      const field = inSection ?? own;
      if (field === undefined || words === undefined) return [];
      return [{ section: section === undefined ? null : Number(section), field, words }];
    });
}
