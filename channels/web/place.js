const button = document.getElementById("here");
if (button && navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      document.getElementById("latitude").value = coords.latitude.toFixed(6);
      document.getElementById("longitude").value = coords.longitude.toFixed(6);
    }, () => { document.getElementById("here-failed").hidden = false; });
  });
}
