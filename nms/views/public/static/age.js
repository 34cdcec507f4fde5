// A copy that is no longer renewed says how old it is. Without this script the page says when it was written.
const notice = document.getElementById("old");
const minutes = () => Math.floor(Date.now() / 60000 - Number(notice.dataset.at) / 60);
const tell = () => {
  const age = minutes();
  const hours = Math.floor(age / 60);
  notice.querySelector("strong").textContent = hours >= 48 ? `${Math.floor(hours / 24)} d` : hours ? `${hours} h ${age % 60} min` : `${age} min`;
  notice.hidden = age < Number(notice.dataset.minutes);
};
tell();
setInterval(tell, 30000);
