{
  const all = (name) => document.querySelectorAll(`[${name}]`);
  const language = document.documentElement.lang === "es" ? "es-US" : "en";
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of all("name=patient_time_zone")) field.value = own;
  for (const note of all("data-zone")) for (const at of all("datetime")) {
    const [here, there] = [own, note.dataset.zone].map((timeZone) => new Date(at.dateTime)
      .toLocaleString(language, { timeZone, weekday: "short", hour: "numeric", minute: "2-digit" }));
    if (here === there) continue;
    note.hidden = false;
    const mine = at.nextElementSibling;
    if (!mine?.hidden) continue;
    mine.hidden = false;
    mine.children[1].append(here.replace(/\S+\s/.exec(there)[0], ""));
  }
}
