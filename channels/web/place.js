const button = document.getElementById("here");
if (button && navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const answer = document.getElementById("answer");
      answer.value = coords.latitude.toFixed(6) + ", " + coords.longitude.toFixed(6);
      answer.focus();
    }, () => { document.getElementById("here-failed").hidden = false; });
  });
}
