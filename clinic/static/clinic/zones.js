{
  const all = (name) => document.querySelectorAll(`[${name}]`);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of all("name=patient_time_zone")) field.value = own;
  for (const note of all("data-zone")) for (const at of all("datetime")) {
    const [here, there] = [own, note.dataset.zone].map((timeZone) => new Date(at.dateTime)
      .toLocaleString(document.documentElement.lang, { timeZone, weekday: "short", hour: "numeric", minute: "2-digit", hour12: 1 }));
    if (here === there) continue;
    note.hidden = false;
    const mine = at.nextElementSibling;
    if (!mine?.hidden) continue;
    mine.hidden = false;
    mine.children[1].append(here.replace(there.split(/\d/)[0], ""));
  }
}
