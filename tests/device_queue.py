"""The queue on a device, read in the browser beside the scripts of the product."""

# How many changes wait in the browser's database; none where nothing was ever stored.
COUNT_WAITING = """new Promise((resolve, reject) => {
  const opening = indexedDB.open("diary");
  let isNew = false;
  opening.onupgradeneeded = () => { isNew = true; opening.transaction.abort(); };
  opening.onerror = () => isNew ? resolve(0) : reject(opening.error);
  opening.onsuccess = () => {
    const database = opening.result;
    const counting = database.transaction(["entries"]).objectStore("entries").count();
    counting.onsuccess = () => { database.close(); resolve(counting.result); };
    counting.onerror = () => { database.close(); reject(counting.error); };
  };
})"""
